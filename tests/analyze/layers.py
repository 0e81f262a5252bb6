#!/usr/bin/env python3
"""That the library's layers run one way: what its objects call in each other, and what its files include.

usage: layers.py [BUILD]     in the top folder; BUILD (build): where its objects are

Says nothing and exits 0, or a line for everything that is wrong and exits 1:
  circle   files that call each other, or include each other, directly or in a circle
  upward   a folder that uses one that does not stand below it
  tool     a program that includes more than mc/*.h and the C library
"""
import collections
import glob
import os
import re
import subprocess
import sys

# From the lowest to the highest: each may use those before it.
ORDER = "base io text nn model method eval train hf path knowledge synth tool program".split()
# Folders that may use only some of those below them.
ONLY = {"tool": {"base", "io", "nn"}}
C_LIBRARY = set("assert ctype errno fcntl float inttypes limits locale math pthread signal stdarg stdatomic stdbool "
                "stddef stdint stdio stdlib string strings sys/resource sys/stat sys/types sys/wait time unistd".split())


def source_of(obj, build):
    """The source that an object was made from, as its list of dependencies says; None where it is gone."""
    deps, own = obj[:-2] + ".d", os.path.relpath(obj, build)[:-2] + ".c"
    if not os.path.exists(own) and os.path.exists(deps):
        with open(deps, encoding="utf-8") as f:
            own = next((w for w in f.read().split() if w.endswith(".c")), own)
    return own if os.path.exists(own) else None


def read_symbols(build):
    """Of every source: the symbols that it defines and those that it takes from elsewhere."""
    defined, needed = collections.defaultdict(set), collections.defaultdict(set)
    objects = sorted(glob.glob(f"{build}/lib/**/*.o", recursive=True))
    for obj in objects:
        source = source_of(obj, build)
        if not source:
            continue
        defined[source].update()  # one without symbols has an object too
        listing = subprocess.run(["nm", "-g", obj], capture_output=True, text=True, check=True).stdout
        for line in listing.splitlines():
            kind, name = line.split()[-2:]
            (needed if kind in "Uwv" else defined)[source].add(name)
    return defined, needed


def read_includes(files):
    """Of every file: the names that it includes, and as files those of this tree."""
    names, found = {}, {}
    for path in files:
        with open(path, encoding="utf-8") as f:
            names[path] = re.findall(r'^\s*#\s*include\s*([<"][^>"]+)[>"]', f.read(), re.M)
        found[path] = set()
        for name in names[path]:
            for place in (os.path.dirname(path), "include"):
                to = os.path.normpath(os.path.join(place, name[1:]))
                if name[0] == '"' and to in files:
                    found[path].add(to)
                    break
    return names, found


def folder_layer(path):
    return path.split("/")[1]


def header_layers(headers, defined):
    """The layer of a public header: that of the files that define most of what it declares."""
    owner = {symbol: source for source in defined for symbol in defined[source]}
    layer = {}
    for path in headers:
        if path.startswith("lib/"):
            layer[path] = folder_layer(path)
            continue
        with open(path, encoding="utf-8") as f:
            words = set(re.findall(r"\bmc_\w+", re.sub(r"//.*", "", f.read())))
        votes = collections.Counter(folder_layer(owner[w]) for w in words if w in owner)
        same = glob.glob(f"lib/*/{os.path.basename(path)[:-2]}.c")
        votes.update(folder_layer(s) for s in same if not votes)
        if votes:
            layer[path] = votes.most_common(1)[0][0]
    return layer


def circles(graph):
    """The sets of files that reach each other (Tarjan), without recursion."""
    number, low, stack, on, out = {}, {}, [], set(), []
    for root in sorted(graph):
        if root in number:
            continue
        work = [(root, iter(sorted(graph[root])))]
        number[root] = low[root] = len(number)
        stack.append(root)
        on.add(root)
        while work:
            node, edges = work[-1]
            for to in edges:
                if to not in number:
                    number[to] = low[to] = len(number)
                    stack.append(to)
                    on.add(to)
                    work.append((to, iter(sorted(graph.get(to, ())))))
                    break
                if to in on:
                    low[node] = min(low[node], number[to])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == number[node]:
                    at = stack.index(node)
                    out.append(stack[at:])
                    on -= set(stack[at:])
                    del stack[at:]
    return [sorted(c) for c in out if len(c) > 1]


def shortest(graph, members):
    """The shortest way round through the first of a circle's files, as edges."""
    start, came = members[0], {}
    queue = collections.deque([start])
    while queue:
        node = queue.popleft()
        for to in sorted(set(graph[node]) & set(members)):
            if to == start:
                way = [(node, to)]
                while node != start:
                    way.insert(0, (came[node], node))
                    node = came[node]
                return way
            if to not in came:
                came[to] = node
                queue.append(to)
    return []


def find_circles(calls, includes):
    wrong = []
    for members in circles(calls):
        wrong.append("circle: " + "; ".join(
            f"{a} calls {', '.join(sorted(calls[a][b]))} of {b}" for a, b in shortest(calls, members)))
    for members in circles(includes):
        wrong.append("circle: " + "; ".join(f"{a} includes {b}" for a, b in shortest(includes, members)))
    return wrong


def upward(a, b):
    if a == b:
        return False
    below = set(ORDER[:ORDER.index(a)]) if a in ORDER else set()
    return b not in (ONLY[a] & below if a in ONLY else below)


def find_upward(calls, includes, layer):
    wrong = []
    for path in sorted(layer):
        if layer[path] not in ORDER:
            wrong.append(f"upward: {path}: the order of layers has no {layer[path]}")
            continue
        for to, symbols in sorted(calls.get(path, {}).items()):
            if upward(layer[path], layer[to]):
                wrong.append(f"upward: {path} ({layer[path]}) calls {', '.join(sorted(symbols))} of {to} ({layer[to]})")
        for to in sorted(includes[path]):
            if to in layer and upward(layer[path], layer[to]):
                wrong.append(f"upward: {path} ({layer[path]}) includes {to} ({layer[to]})")
    return wrong


def find_tools(names):
    return [f"tool: {path} includes {name[1:]}" for path in sorted(names) if path.startswith("tools/")
            for name in names[path]
            if not (re.fullmatch(r'"mc/\w+\.h', name) or (name[0] == "<" and name[1:-2] in C_LIBRARY))]


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else "build"
    sources = set(glob.glob("lib/**/*.c", recursive=True))
    headers = set(glob.glob("lib/**/*.h", recursive=True)) | set(glob.glob("include/mc/*.h"))
    defined, needed = read_symbols(build)
    without = sorted(sources - set(defined))
    if without or not sources:
        sys.exit(f"{build}: no object of {without[0] if without else 'the library'}")
    owner = {symbol: source for source in defined for symbol in defined[source]}
    calls = {source: collections.defaultdict(set) for source in sources}
    for source in sources:
        for symbol in needed[source] - defined[source]:
            if symbol in owner:
                calls[source][owner[symbol]].add(symbol)
    names, includes = read_includes(sources | headers | set(glob.glob("tools/*.c")))
    layer = header_layers(headers, defined)
    layer.update((source, folder_layer(source)) for source in sources)
    library = {path: includes[path] for path in sources | headers}
    wrong = find_circles(calls, library) + find_upward(calls, library, layer) + find_tools(names)
    for line in wrong:
        print(line)
    sys.exit(1 if wrong else 0)


main()
