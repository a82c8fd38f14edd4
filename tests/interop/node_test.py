#!/usr/bin/env python3
"""tacit and Node's tls, in both roles. Words select cases by their names."""

import cases
import legacy
import stacks

cases.main(stacks.Node(), cases.connect_files, cases.connect_echo, cases.ends, *legacy.ALL)
