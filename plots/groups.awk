# Tables of mc-eval over groups and tables of mc-barrier of them -> blocks for groups.gp, two empty
# lines between them:
#   "METRIC" of the bars, then "GROUP"s in their order of appearance, row 1 first
#   row t_low t_high value      around each t; the mean over tables
#   row height low high color   of the row `all` where there is one: its height is xfit, of which the interval is
#   epsilon confidence
# A block without rows has a line of NaN. Variables: metric, a column of mc-eval; task (none: the only
# one). Colors are those of style.gp.
BEGIN {
    FS = "\t"
    color["connected"] = 3; color["barrier"] = 2; color["undecided"] = 8; color[""] = 1
    level = -1
}

function fail(text) { print "groups.awk: " FILENAME ": " text > "/dev/stderr"; failed = 1; exit 1 }

FNR == 1 {
    tables++
    delete col
    for (i = 1; i <= NF; i++) col[$i] = i
    bars = "barrier_lin" in col
    if (!("group" in col) || !("task" in col) || "example" in col || (!bars && !("t" in col))) \
        fail("no table of mc-eval over groups, nor one of mc-barrier")
    if (!bars && !(metric in col)) fail("no column " metric)
    next
}

$col["group"] == "" || (task != "" && $col["task"] != task) { next }

{
    if (named++ && $col["task"] "" != one "") fail("more than one task: --task " one " or " $col["task"])
    one = $col["task"]
    g = $col["group"]
    if (!(g in row)) { row[g] = ++groups; name[groups] = g }
    g = row[g]
}

bars {
    if ($col["path"] == "all") {
        if (g in whole) fail("has two rows `all` of group " name[g] ": one condition is one figure")
        whole[g]
    } else {
        paths[g]++
        if (g in whole) next
    }
    height[g] = $col["barrier_lin"]
    if ($col["path"] == "all" && $col["xfit"] != "nan") height[g] = $col["xfit"]
    low[g] = $col["ci_low"]; high[g] = $col["ci_high"]; verdict[g] = $col["verdict"]
    if (level < 0) { level = $col["epsilon"]; confidence = $col["confidence"]; what = $col["metric"] }
    if ($col["metric"] != what) fail("has rows of " what " and of " $col["metric"])
    next
}

$col["t"] != "nan" {
    t = $col["t"] + 0
    if (!((g, t) in n)) { at[g, ++points[g]] = t; cells++ }
    n[g, t]++
    if ($col[metric] ~ /n/) bad[g, t]
    sum[g, t] += $col[metric]
}

# Fixed point: gnuplot's real() refuses 1e-05, and inf as it does nan.
function cell(v) { return v == "" || v ~ /n/ ? "NaN" : sprintf("%.9f", v) }

function heat(g,    a, b, t, p, left, right) {
    p = points[g]
    for (a = 2; a <= p; a++) { # by t
        t = at[g, a]
        for (b = a - 1; b >= 1 && at[g, b] > t; b--) at[g, b + 1] = at[g, b]
        at[g, b + 1] = t
    }
    for (a = 1; a <= p; a++) {
        t = at[g, a]
        left = a > 1 ? (at[g, a - 1] + t) / 2 : t
        right = a < p ? (at[g, a + 1] + t) / 2 : t
        print g, cell(left), cell(right), (g, t) in bad ? "NaN" : cell(sum[g, t] / n[g, t])
    }
}

END {
    if (failed) exit 1
    if (tables < ARGC - 1) fail("it or another table is empty")
    if (!groups) fail(task == "" ? "has no groups" : "has no groups of task " task)
    print "\"" what "\""
    for (g = 1; g <= groups; g++) print "\"" name[g] "\""
    printf "\n\n"
    for (g = 1; g <= groups; g++) heat(g)
    if (!cells) print "NaN"
    printf "\n\n"
    for (g = 1; g <= groups; g++) {
        if (!(g in height)) continue
        if (!(g in whole) && paths[g] > 1) fail("has several paths of group " name[g] " and no row `all`")
        print g, cell(height[g]), cell(low[g]), cell(high[g]), color[verdict[g]]
        drawn++
    }
    if (!drawn) print "NaN"
    printf "\n\n%s\n", drawn ? cell(level) " " cell(confidence) : "NaN"
}
