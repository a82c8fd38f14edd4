#!/usr/bin/env python3
"""tacit and Python's ssl, in both roles. Words select cases by their names."""

import cases
import legacy
import stacks

cases.main(stacks.Python(), cases.connect_files, cases.connect_echo, cases.ends, *legacy.ALL)
