# Tables of mc-eval of one condition -> blocks for path.gp, one per task, two empty lines between
# them:
#   "TASK"
#   t loss low high metric low high [loss metric]...
# Of several tables (seed pairs) the mean over them, with low and high the ends of Student's 95 %
# interval of it where three or more have this t, NaN else, then loss and metric of every table. Of
# one, its values, with low and high the mean -+ one standard error over examples if there is a table
# per example (one with a column `example`), NaN else. Variables: metric, a column; counted, the
# one that is the share of examples whose predicted is their label, and so has no column in a
# per-example table. Needs student.awk before it.
BEGIN {
    FS = "\t"
    if (counted == "") counted = "accuracy"
    if (metric == "") metric = counted
}

function fail(text) { print "path.awk: " FILENAME ": " text > "/dev/stderr"; failed = 1; exit 1 }

FNR == 1 {
    tables++
    delete col
    for (i = 1; i <= NF; i++) col[$i] = i
    if (!("t" in col) || !("task" in col) || !("loss" in col)) fail("no table of mc-eval")
    each = "example" in col
    if (!each && !(metric in col)) fail("no column " metric)
    runs += !each
    next
}

{
    task = $col["task"]; t = $col["t"] + 0
    if ($col["t"] == "nan") next
    key = task SUBSEP t
}

each {
    put(key SUBSEP 1, $col["loss"])
    if (metric in col) put(key SUBSEP 2, $col[metric])
    else if (metric == counted) put(key SUBSEP 2, $col["predicted"] "" == $col["label"] "" ? 1 : 0)
    next
}

{
    if ("group" in col && $col["group"] != "") fail("has groups, which groups.gp draws")
    if ((key, runs) in seen) fail("has t " t " of task " task " twice")
    seen[key, runs]
    if (!(task in points)) order[++tasks] = task
    if (!(key in met)) at[task, ++points[task]] = t
    met[key]
    value[key, 1, runs] = $col["loss"]
    value[key, 2, runs] = $col[metric]
}

# Another value of what `name` is the mean of: m, mean, square (of the deviations from it).
function put(name, v,    d) {
    if (v ~ /n/) return
    m[name]++
    d = v - mean[name]; mean[name] += d / m[name]; square[name] += d * (v - mean[name])
}

# Fixed point: gnuplot's real() refuses 1e-05, and inf as it does nan.
function cell(v) { return v == "" || v ~ /n/ ? "NaN" : sprintf("%.9f", v) }

function cells(k,    r, name, half) {
    name = "over tables" SUBSEP key SUBSEP k
    for (r = 1; r <= runs; r++) {
        if (!((key, r) in seen)) continue
        if (value[key, k, r] ~ /n/) return "\tNaN\tNaN\tNaN"
        put(name, value[key, k, r])
    }
    half = ""
    if (m[name] > 2) half = student(m[name] - 1) * sqrt(square[name] / (m[name] - 1) / m[name])
    if (runs == 1 && m[key, k] > 1) half = sqrt(square[key, k] / (m[key, k] - 1) / m[key, k])
    if (half == "") return "\t" cell(mean[name]) "\tNaN\tNaN"
    return "\t" cell(mean[name]) "\t" cell(mean[name] - half) "\t" cell(mean[name] + half)
}

END {
    if (failed) exit 1
    if (tables < ARGC - 1) fail("it or another table is empty")
    if (!tasks) fail("no point has a t")
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
            printf "%.9g%s%s", at[task, a], cells(1), cells(2)
            for (r = 1; r <= runs && runs > 1; r++) printf "\t%s\t%s", cell(value[key, 1, r]), cell(value[key, 2, r])
            printf "\n"
        }
    }
}
