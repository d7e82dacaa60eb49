// SPDX-License-Identifier: Apache-2.0
// A program has to have a source; the tests use its precompiled headers.
int main() {}
