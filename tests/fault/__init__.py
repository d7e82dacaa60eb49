# SPDX-License-Identifier: Apache-2.0
"""Faults of machine, network and neighbours. --full runs the full lengths."""
