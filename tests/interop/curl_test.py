#!/usr/bin/env python3
"""`tacit serve` and curl. Words select cases by their names."""

import cases
import peers

cases.main(peers.Curl())
