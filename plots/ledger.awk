# Ledgers of paths -> lines for ledger.gp: t_0, t_1, and the means over paths of the shares kept, forgotten, learned and never known; two
# empty lines; of each segment its middle, mean confidence of the forgotten and of the kept, each with its interval over paths (Student's,
# 95 %, from three paths on; NaN else). The last line: how many paths, and whether there is a confidence.
#   awk -f student.awk -f ledger.awk a.tsv [b.tsv...]          tables of mc-knowledge, of one task and the same points
BEGIN { FS = OFS = "\t" }
function fail(text) { print "ledger.awk: " FILENAME ": " text > "/dev/stderr"; failed = 1; exit 1 }
FNR == 1 {
    split("", at)
    for (i = 1; i <= NF; i++) at[$i] = i
    if (!("segment" in at && "kept" in at)) fail("no ledger of a path (mc-knowledge makes one)")
    paths++
    task = ""
    next
}
{
    if (task != "" && task != $at["task"]) fail("two tasks, " task " and " $at["task"] " (mc-knowledge --task takes one)")
    task = $at["task"]
}
$at["segment"] == "all" { next }
{
    k = $at["segment"] + 1
    if (paths == 1) { segments = k; t0[k] = $at["t_0"]; t1[k] = $at["t_1"] }
    if (t0[k] == "" || t0[k] != $at["t_0"] || t1[k] != $at["t_1"]) fail("not the points of the first path")
    seen[k]++
    for (i = 1; i <= split("kept forgotten learned never", name, " "); i++) share[k, i] += $at[name[i]] / $at["n"]
    note(k, 1, $at["confidence_forgotten"])
    note(k, 2, $at["confidence_kept"])
}
function note(k, i, v) {
    if (v == "nan") return
    known = 1
    n[k, i]++
    sum[k, i] += v
    squares[k, i] += v * v
}
function interval(k, i,    m, var, half) {
    if (!n[k, i]) return "NaN" OFS "NaN" OFS "NaN"
    m = sum[k, i] / n[k, i]
    if (n[k, i] < 3) return sprintf("%.9f", m) OFS "NaN" OFS "NaN"
    var = (squares[k, i] - n[k, i] * m * m) / (n[k, i] - 1)
    half = student(n[k, i] - 1) * sqrt((var > 0 ? var : 0) / n[k, i])
    return sprintf("%.9f", m) OFS sprintf("%.9f", m - half) OFS sprintf("%.9f", m + half)
}
END {
    if (failed) exit 1
    if (!segments) fail("no segment of a path")
    for (k = 1; k <= segments; k++) {
        if (seen[k] != paths) fail("not the points of the first path")
        print sprintf("%.9f", t0[k]), sprintf("%.9f", t1[k]), share[k, 1] / paths, share[k, 2] / paths, share[k, 3] / paths, share[k, 4] / paths
    }
    print "\n"
    for (k = 1; k <= segments; k++) print sprintf("%.9f", (t0[k] + t1[k]) / 2), interval(k, 1), interval(k, 2)
    print "\n"
    print paths, known + 0
}
