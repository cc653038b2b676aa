"""`python -m neuromem.cli` is the `neuromem` command."""

import sys

from neuromem.cli import main

sys.exit(main())
