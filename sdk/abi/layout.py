#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The layout of abi.h as plain text, taken from the header itself and a C compiler.

    layout.py show HEADER CC             prints it
    layout.py check HEADER CC GOLDEN     compares it with the golden file; exit 1 and the differences if it is another
    layout.py lengthen HEADER            prints the header as a later minor may have it: every sized struct with one field
                                         more, one bit more for all sets of flags (POSTBELL_LATER), one minor up
"""
import difflib
import pathlib
import re
import subprocess
import sys
import tempfile


def without_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def declarations(body):
    """The body's declarations, cut at semicolons outside of parentheses."""
    depth, start = 0, 0
    for at, char in enumerate(body):
        depth += (char == "(") - (char == ")")
        if char == ";" and depth == 0:
            yield body[start:at].strip()
            start = at + 1


def words(text):
    """The text in one spelling, however its lines and blanks are laid out."""
    tight = re.sub(r" ?([*(),]) ?", r"\1", " ".join(text.split()))
    return re.sub(r"(?<=[,)])(?=\w)|(?<=[^(]\*)(?=\w)|(?<=\w)(?=\(\*)|(?<=\*)(?=\(\*)", " ", tight)


def fields(body):
    """The name and the whole declaration of each field; a function pointer's with its result and parameters."""
    for declaration in declarations(body):
        function = re.match(r"[^(]*\(\*(\w+)\)", declaration)
        if function:
            yield function[1], words(declaration)
            continue
        first, *others = declaration.split(",")
        kind = re.match(r"(.*?)[\s*]*\w+\s*$", first, flags=re.S)[1]
        for declarator in [first[len(kind):], *others]:
            yield re.search(r"(\w+)\s*$", declarator)[1], words(f"{kind} {declarator}")


def structs(text):
    for found in re.finditer(r"\bstruct (\w+) \{(.*?)\n?\}\s*(?:\1)?;", text, flags=re.S):
        yield found[1], list(fields(found[2]))


def typedefs(text):
    """The names of numbers: postbell_status and its like."""
    return re.findall(r"\btypedef (\w+) (postbell_\w+);", text)


def constants(text):
    for body in re.findall(r"\benum \{(.*?)\}", text, flags=re.S):
        yield from re.findall(r"(POSTBELL_\w+)", re.sub(r"=[^,]*", "", body))
    # Rises with each minor and is no part of the layout.
    yield from (name for name in re.findall(r"#define (POSTBELL_\w+) [^\"\n]*\d", text) if name != "POSTBELL_ABI_MINOR")


def texts(text):
    return re.findall(r"#define (POSTBELL_\w+) \"", text)


def program(text):
    lines = ['#include "postbell/abi.h"', "#include <stdio.h>", "#include <stddef.h>", "int main(void) {"]
    for name in constants(text):
        lines.append(f'printf("{name} = %lld\\n", (long long)({name}));')
    for name in texts(text):
        lines.append(f'printf("{name} = \\"%s\\"\\n", {name});')
    for kind, name in typedefs(text):
        lines.append(f'puts("{name} is {kind}");')
    for name, members in structs(text):
        lines.append(f'printf("\\n{name}: %zu bytes\\n", sizeof({name}));')
        for member, declaration in members:
            lines.append(f'printf("%5zu %4zu  %s\\n", offsetof({name}, {member}), sizeof((({name}*)0)->{member}), "{declaration}");')
    return "\n".join([*lines, "return 0; }", ""])


def layout(header, compiler):
    text = without_comments(header.read_text())
    with tempfile.TemporaryDirectory() as folder:
        source, binary = pathlib.Path(folder, "layout.c"), pathlib.Path(folder, "layout")
        source.write_text(program(text))
        subprocess.run([compiler, "-std=c11", f"-I{header.parent.parent}", source, "-o", binary], check=True)
        listed = subprocess.run([binary], check=True, capture_output=True, text=True).stdout
    return "The layout of postbell/abi.h on 64-bit machines: offset, size and declaration of every field.\n\n" + listed


def padded(listed):
    """Structs that may grow and end in padding: a field appended there would hide from POSTBELL_HAS."""
    for name, size, body in re.findall(r"^(\w+): (\d+) bytes\n((?: .*\n)+)", listed, flags=re.M):
        rows = [line.split() for line in body.splitlines()]
        if rows[0][2:] == ["uint32_t", "size"] and int(rows[-1][0]) + int(rows[-1][1]) != int(size):
            yield name


def lengthen(text):
    """A field at the end of every struct that begins with `size`, a bit of flags that this minor does not know, and the
    next minor."""
    def longer(found):
        return found[1] + found[2] + "\n    uint64_t added_later;\n}" + found[3]

    text = re.sub(r"(\bstruct \w+ \{)(\s*uint32_t size\b(?:[^{}]|\{[^{}]*\})*?)\}((?: \w+)?;)", longer, text)
    minor = int(re.search(r"#define POSTBELL_ABI_MINOR (\d+)u", text)[1])
    return text.replace(f"#define POSTBELL_ABI_MINOR {minor}u",
                        f"#define POSTBELL_ABI_MINOR {minor + 1}u\n#define POSTBELL_LATER (1u << 30)")


def main(verb, header, *rest):
    header = pathlib.Path(header)
    if verb == "lengthen":
        sys.stdout.write(lengthen(header.read_text()))
        return 0
    found = layout(header, rest[0])
    if verb == "show":
        sys.stdout.write(found)
        return 0
    golden = pathlib.Path(rest[1])
    difference = list(difflib.unified_diff(golden.read_text().splitlines(True), found.splitlines(True), str(golden), "abi.h"))
    sys.stdout.writelines(difference)
    for name in padded(found):
        print(f"{name} ends in padding: move a small field to the front, or name the rest")
        difference.append(name)
    if difference:
        print("The layout of the plugin contract changed: built plugins mean something else now. Fields are only appended.")
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
