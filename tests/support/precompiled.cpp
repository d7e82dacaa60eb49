// SPDX-License-Identifier: Apache-2.0
// A program has to have a source; its precompiled headers are what the tests use.
int main() {}
