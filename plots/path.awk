# Tables of mc-eval of one condition -> blocks for path.gp, one per task, two empty lines between
# them:
#   "TASK"
#   t loss low high metric low high
# A table with a column `example` is per example: low and high are the mean -+ one standard error
# over examples. Else, of several tables (seed pairs), the least and the largest; of one, the value
# itself. Variables: metric, a column; counted, the one that is the share of examples whose predicted is
# their label, and so has no column in a per-example table.
BEGIN { FS = "\t"; if (counted == "") counted = "accuracy"; if (metric == "") metric = counted }

function fail(text) { print "path.awk: " FILENAME ": " text > "/dev/stderr"; failed = 1; exit 1 }

FNR == 1 {
    delete col
    for (i = 1; i <= NF; i++) col[$i] = i
    if (!("t" in col) || !("task" in col) || !("loss" in col)) fail("no table of mc-eval")
    each = "example" in col
    if (!each && !(metric in col)) fail("no column " metric)
    next
}

{
    task = $col["task"]; t = $col["t"] + 0
    if ($col["t"] == "nan") next
    key = task SUBSEP t
    if (!each && !(key in n)) {
        if (!(task in points)) order[++tasks] = task
        at[task, ++points[task]] = t
    }
}

!each {
    n[key]++
    add(1, $col["loss"])
    add(2, $col[metric])
}

each {
    put(1, $col["loss"])
    if (metric in col) put(2, $col[metric])
    else if (metric == counted) put(2, $col["predicted"] == $col["label"] ? 1 : 0)
}

function add(k, v) {
    if (v == "nan") { bad[key, k] = 1; return }
    v += 0
    sum[key, k] += v
    if (n[key] == 1 || v < low[key, k]) low[key, k] = v
    if (n[key] == 1 || v > high[key, k]) high[key, k] = v
}

function put(k, v) {
    if (v == "nan") return
    m[key, k]++
    d = v - mean[key, k]; mean[key, k] += d / m[key, k]; square[key, k] += d * (v - mean[key, k])
}

# Fixed point: gnuplot's real() refuses 1e-05.
function cells(k,    y, se) {
    if (bad[key, k]) return "\tNaN\tNaN\tNaN"
    y = sum[key, k] / n[key]
    if (m[key, k] > 1) {
        se = sqrt(square[key, k] / (m[key, k] - 1) / m[key, k])
        return sprintf("\t%.9f\t%.9f\t%.9f", y, y - se, y + se)
    }
    return sprintf("\t%.9f\t%.9f\t%.9f", y, low[key, k], high[key, k])
}

END {
    if (failed) exit 1
    for (i = 1; i <= tasks; i++) {
        task = order[i]; p = points[task]
        for (a = 2; a <= p; a++) { # by t
            x = at[task, a]
            for (b = a - 1; b >= 1 && at[task, b] > x; b--) at[task, b + 1] = at[task, b]
            at[task, b + 1] = x
        }
        if (i > 1) printf "\n\n"
        printf "\"%s\"\n", task
        for (a = 1; a <= p; a++) {
            key = task SUBSEP at[task, a]
            printf "%.9g%s%s\n", at[task, a], cells(1), cells(2)
        }
    }
}
