# Training dynamics of every example -> lines for map.gp: variability, confidence, correctness; two empty lines; variability and confidence of
# those marked; last how many examples each point stands for, how many there are and how many are marked.
#   awk [-v most=N] -f map.awk knowledge.tsv [marked.txt]
# The table is that of mc-knowledge --dynamics; marked.txt has numbers of examples, a line each. Of more than `most` examples every k-th is
# drawn, of the marked ones likewise.
BEGIN { FS = OFS = "\t" }
function fail(text) { print "map.awk: " FILENAME ": " text > "/dev/stderr"; failed = 1; exit 1 }
FNR == 1 && ++file == 1 {
    for (i = 1; i <= NF; i++) at[$i] = i
    if (!("confidence" in at && "variability" in at && "correctness" in at)) fail("no table of training dynamics (mc-knowledge --dynamics makes one)")
    next
}
file == 1 { known[$at["example"]] = ++n; v[n] = $at["variability"]; c[n] = $at["confidence"]; r[n] = $at["correctness"]; next }
!($1 in known) { fail("example " $1 " is not in the table") }
{ marked[++m] = known[$1] }
END {
    if (failed) exit 1
    if (!n) fail("no examples")
    if (!most) most = 4000
    step = int((n + most - 1) / most)
    for (i = 1; i <= n; i += step) print v[i], c[i], r[i]
    print "\n"
    for (i = 1; i <= m; i += step) print v[marked[i]], c[marked[i]]
    if (!m) print "NaN", "NaN"
    print "\n"
    print step, n, m + 0
}
