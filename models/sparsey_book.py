"""`Book`: which code belongs to which key, found from either side without looking at the others."""

import numpy as np

from neuromem.errors import CapacityError

_NONE = np.zeros(0, np.int64)


class Book:
    """Keys 0 to capacity - 1 and their codes, int32 (capacity, cms).

    The first free key is known, and a code is looked up by its bytes, so entering and finding cost the same however
    many keys are in use.
    """

    def __init__(self, capacity, cms):
        self.codes = np.zeros((capacity, cms), np.int32)
        self.used = np.zeros(capacity, bool)
        self._by_code, self._next, self.size = {}, 0, 0

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
        if not self.used[self._next : self._next + count].any():
            return np.arange(self._next, self._next + count)
        return np.flatnonzero(~self.used)[:count]

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
            self._next = min(self._next, key)
        self.size -= len(keys)
