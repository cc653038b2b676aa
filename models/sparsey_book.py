"""`Book`: which code belongs to which key, found from either side without looking at the others."""

from heapq import heappop, heappush

import numpy as np

from neuromem.errors import CapacityError

_NONE = np.zeros(0, np.int64)


class Book:
    """Keys 0 to capacity - 1 and their codes, int32 (capacity, cms).

    Free keys below `_next` lie in a heap, with some that have been entered since, and a code is looked up by its bytes;
    so entering and finding cost the same however many keys are in use (but for the logarithm of those that were freed).
    """

    def __init__(self, capacity, cms):
        self.codes = np.zeros((capacity, cms), np.int32)
        self.used = np.zeros(capacity, bool)
        self._by_code, self._next, self.size = {}, 0, 0
        self._freed, self._queued = [], np.zeros(capacity, bool)

    @property
    def keys(self):
        """Keys in use, int64, ascending."""
        return np.flatnonzero(self.used)

    def free(self, count):
        """The smallest keys that are free, int64 (count,), or CapacityError."""
        capacity = len(self.used)
        if count > capacity - self.size:
            raise CapacityError(
                f"Sparsey: is too full for {count} patterns, {capacity - self.size} of {capacity} places are free; "
                "forget some or make a larger memory"
            )
        again = self._first_freed(count)
        first, count = self._next, count - len(again)
        fresh = np.arange(first, first + count)
        if self.used[first : first + count].any():  # by name
            fresh = first + np.flatnonzero(~self.used[first:])[:count]
        return np.concatenate([np.array(again, np.int64), fresh])

    def _first_freed(self, count):
        """The smallest keys of the heap that are free, ascending, at most `count`."""
        found = []
        while self._freed and len(found) < count:
            key = heappop(self._freed)
            if self.used[key]:
                self._queued[key] = False
            else:
                found.append(key)
        for key in found:
            heappush(self._freed, key)
        return found

    def enter(self, keys, codes):
        """Give free keys these codes."""
        self.codes[keys], self.used[keys] = codes, True
        self.size += len(keys)
        for key, code in zip(keys.tolist(), np.ascontiguousarray(codes, np.int32)):
            self._by_code.setdefault(code.tobytes(), []).append(key)
        while self._next < len(self.used) and self.used[self._next]:
            self._next += 1

    def find(self, code):
        """Keys of exactly this code, int64, ascending."""
        found = self._by_code.get(np.ascontiguousarray(code, np.int32).tobytes())
        return _NONE if found is None else np.array(sorted(found), np.int64)

    def strike(self, keys):
        """Make keys free again."""
        for key in keys.tolist():
            name = self.codes[key].tobytes()
            self._by_code[name].remove(key)
            if not self._by_code[name]:
                del self._by_code[name]
            self.used[key] = False
            if key < self._next and not self._queued[key]:
                heappush(self._freed, key)
                self._queued[key] = True
        self.size -= len(keys)
