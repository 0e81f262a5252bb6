# Judges a figure for paper: figure.py FILE.svg|FILE.pdf|FILE.png MILLIMETRES [numbers]. Says what is wrong with it, and exits with 1.
#   svg  its width; letters of 7 pt and more; texts within the page, on no other text and on no line of the data (both by the mean width
#        of a letter, so that what only touches passes; with `numbers`, those of contours do stand on lines)
#   pdf  one page of this width
#   png  as many dots as 300 an inch make, and says that it has them
import re
import struct
import sys
import xml.dom.minidom
import zlib

LETTER = .5  # its mean width, over its size
file, mm, numbers = sys.argv[1], float(sys.argv[2]), sys.argv[3:] == ["numbers"]
wrong = []


def texts(root):
    for node in root.getElementsByTagName("text"):
        g = node.parentNode
        words = "".join(t.data for s in node.getElementsByTagName("tspan") for t in s.childNodes).strip()
        if not words:
            continue
        x, y = map(float, re.search(r"translate\(([^,]*),([^)]*)\)", g.getAttribute("transform")).groups())
        size = float(g.getAttribute("font-size"))
        long = LETTER * size * len(words)
        start = {"middle": -long / 2, "end": -long}.get(g.getAttribute("text-anchor"), 0)
        if "rotate" in g.getAttribute("transform"):
            yield words, size, (x - .7 * size, y - start - long, x, y - start)
        else:
            yield words, size, (x + start, y - .7 * size, x + start + long, y)


def lines(root):
    for node in root.getElementsByTagName("path"):
        if node.getAttribute("class") == "gridline" or not node.getAttribute("stroke"):
            continue
        at = None
        for kind, x, y in re.findall(r"([ML])\s*([-\d.]+),([-\d.]+)", re.sub(r"(?<=\d) +(?=[-\d])", " L", node.getAttribute("d"))):
            to = float(x), float(y)
            if kind == "L" and at:
                yield at, to
            at = to


def crosses(box, a, b):
    return any(box[0] < a[0] + (b[0] - a[0]) * k / 20 < box[2] and box[1] < a[1] + (b[1] - a[1]) * k / 20 < box[3] for k in range(21))


if file.endswith(".svg"):
    root = xml.dom.minidom.parse(file).documentElement
    width, high = map(float, root.getAttribute("viewBox").split()[2:])
    if abs(float(root.getAttribute("width")[:-2]) - mm) > .01 or not root.getAttribute("width").endswith("mm"):
        wrong.append("is %s wide" % root.getAttribute("width"))
    all_lines = list(lines(root))
    seen = list(texts(root))
    for k, (words, size, box) in enumerate(seen):
        points = size * mm / width * 72 / 25.4
        if points < 7:
            wrong.append("'%s' has letters of %.2f pt" % (words, points))
        if box[0] < -1 or box[1] < -1 or box[2] > width + 1 or box[3] > high + 1:
            wrong.append("'%s' leaves the page" % words)
        inner = box[0] + 1, box[1] + 1.5, box[2] - 1, box[3] - 1.5
        for other, _, b in seen[:k]:
            if inner[0] < b[2] - 1 and b[0] + 1 < inner[2] and inner[1] < b[3] - 1.5 and b[1] + 1.5 < inner[3] and words != other:
                wrong.append("'%s' stands on '%s'" % (words, other))
        if not numbers and any(crosses(inner, a, b) for a, b in all_lines):
            wrong.append("'%s' stands on a line" % words)
elif file.endswith(".pdf"):
    data = open(file, "rb").read()
    for packed in re.findall(rb"stream\r?\n(.*?)endstream", data, re.S): # newer cairo packs its objects
        try:
            data += zlib.decompressobj().decompress(packed)
        except zlib.error:
            pass
    boxes = re.findall(rb"/MediaBox \[\s*0 0 ([\d.]+) ", data)
    pages = len(re.findall(rb"/Type /Page\b", data))
    if pages != 1 or len(boxes) != 1 or abs(float(boxes[0]) - mm / 25.4 * 72) > 1:
        wrong.append("has %d pages, %s pt wide" % (pages, b" and ".join(boxes).decode()))
else:
    data = open(file, "rb").read()
    (dots,) = struct.unpack(">I", data[16:20])
    if abs(dots - mm / 25.4 * 300) > 4:
        wrong.append("has %d dots across" % dots)
    if data[33:54] != bytes.fromhex("00000009704859730000" + "2e2300002e23" + "01" + "78a53f76"):
        wrong.append("does not say 300 dots an inch")
for text in wrong:
    print("%s: %s" % (file, text))
sys.exit(bool(wrong))
