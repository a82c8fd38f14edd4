#!/usr/bin/env python3
"""tacit and mbedTLS 2.28, in both roles. Words select cases by their names."""

import cases
import legacy
import stacks

cases.main(stacks.MbedTLS(), cases.connect_files, cases.ends, *legacy.ALL)
