# Tables of one condition -> blocks for path.gp, one per task, two empty lines between them:
#   "TASK"
#   t, and for each metric: value low high; then for each table of mc-eval, if there are several, its value of each metric
# The variable `metric` has the metrics, columns with commas between; default loss,accuracy.
# Of several tables (seed pairs) the mean over them, with low and high the ends of Student's 95 %
# interval of it where three or more have this t, NaN else. Of one, its values, with low and high the mean -+ one
# standard error over examples if there is a table per example (one with a column `example`), NaN else.
# Behind the task, tabs between, stand the number of points, the number of tables (of one: 0), and for each metric 1 where it has values,
# the most that low and high are apart (0 where it has none), its values at t = 0 and 1, the least and greatest of all that is drawn, and what a table of mc-barrier
# (one with a column `barrier_lin`) says of the one path, or, of several, in its row `all`: epsilon, confidence, verdict (- if none); 1 where
# low and high are those of mc-barrier's band, which holds at all t together; else t, low and high of the interval of the height over the
# chord, where the mean is highest over it. NaN where there is nothing. The band is band_c standard errors wide, as docs/barrier.md
# defines them: no draw is repeated here.
# No band goes beyond what a metric can be: a loss 0 and above, a correlation -1 to 1, a share 0 to 1.
# Variable counted: the metric that is the share of examples whose predicted is their label, and so has no column in a
# per-example table. Needs student.awk before it.
BEGIN {
    FS = "\t"
    if (counted == "") counted = "accuracy"
    if (metric == "") metric = "loss," counted
    metrics = split(metric, name, ",")
}

function fail(text) { print "path.awk: " FILENAME ": " text > "/dev/stderr"; failed = 1; exit 1 }

FNR == 1 {
    tables++
    delete col
    for (i = 1; i <= NF; i++) col[$i] = i
    heights = "barrier_lin" in col
    if (heights) {
        if (!("ci_high" in col) || !("path" in col)) fail("no table of mc-barrier")
        next
    }
    if (!("t" in col) || !("task" in col) || !("loss" in col)) fail("no table of mc-eval")
    each = "example" in col
    if (!each) {
        for (k = 1; k <= metrics; k++) if (!(name[k] in col)) fail("no column " name[k])
        file[++runs] = base_of(FILENAME)
    } else each_file[++each_files] = FILENAME
    next
}

function base_of(s) { sub(/.*\//, "", s); return s }

heights {
    if ("group" in col && $col["group"] != "") next
    row[++rows] = $col["task"] FS $col["metric"] FS base_of($col["path"]) FS $col["epsilon"] FS $col["confidence"] FS $col["ci_low"] FS \
        $col["ci_high"] FS $col["verdict"] FS ("band_c" in col ? $col["band_c"] : "nan")
    next
}

{
    task = $col["task"]; t = $col["t"] + 0
    if ($col["t"] == "nan") next
    key = task SUBSEP t
}

# What a line of a table per example has of metric k; "" where that is nothing.
function of_example(k) {
    if (name[k] in col) return $col[name[k]]
    return name[k] == counted ? ($col["predicted"] "" == $col["label"] "" ? 1 : 0) : ""
}

each {
    for (k = 1; k <= metrics; k++) put(key SUBSEP k, of_example(k))
    next
}

{
    if ("group" in col && $col["group"] != "") fail("has groups, which groups.gp draws")
    if ((key, runs) in seen) fail("has t " t " of task " task " twice")
    seen[key, runs]
    if (!(task in points)) order[++tasks] = task
    if (!(key in met)) at[task, ++points[task]] = t
    met[key]
    for (k = 1; k <= metrics; k++) value[key, k, runs] = $col[name[k]]
}

# Another value of what `of` is the mean of: m, mean, square (of the deviations from it).
function put(of, v,    d) {
    if (v == "" || v ~ /n/) return
    m[of]++
    d = v - mean[of]; mean[of] += d / m[of]; square[of] += d * (v - mean[of])
}

# Fixed point: gnuplot's real() refuses 1e-05, and inf as it does nan.
function cell(v) { return v == "" || v ~ /[nN]/ ? "NaN" : sprintf("%.9f", v) }

function cells(k,    r, of, half) {
    of = "over tables" SUBSEP key SUBSEP k
    for (r = 1; r <= runs; r++) {
        if (!((key, r) in seen)) continue
        if (value[key, k, r] ~ /n/) return "\tNaN\tNaN\tNaN"
        put(of, value[key, k, r])
    }
    half = ""
    if (m[of] > 2) half = student(m[of] - 1) * sqrt(square[of] / (m[of] - 1) / m[of])
    if (runs == 1 && m[key, k] > 1) half = sqrt(square[key, k] / (m[key, k] - 1) / m[key, k])
    if ((task, k) in widths) half = widths[task, k] * error_of[key, k]
    if (half == "") return "\t" cell(mean[of]) "\tNaN\tNaN"
    return "\t" cell(mean[of]) "\t" cell(within(k, mean[of] - half)) "\t" cell(within(k, mean[of] + half))
}

# v, or the end of the range of metric k that it lies beyond.
function within(k, v,    low) {
    low = name[k] ~ /^(mcc|pearson|spearman)$/ ? -1 : 0
    if (v < low) return low
    return v > 1 && name[k] !~ /^loss/ ? 1 : v
}

# The line between what the ends of a task have of metric k, at t.
function chord(k, t) { return (1 - t) * value[task, 0, k, 1] + t * value[task, 1, k, 1] }

# Reads the table per example again, line by line: the ends of each example, then the standard errors of what each is off its own
# chord, into error_of.
function deviations(    pass, f, i, k, d, t, id) {
    for (pass = 1; pass <= 2; pass++) {
        for (f = 1; f <= each_files; f++) {
            if ((getline < each_file[f]) <= 0) continue
            split("", col)
            for (i = 1; i <= NF; i++) col[$i] = i
            while ((getline < each_file[f]) > 0) {
                t = $col["t"] + 0
                for (k = 1; k <= metrics; k++) {
                    id = $col["task"] SUBSEP k SUBSEP $col["example"]
                    d = of_example(k)
                    if (d == "" || d ~ /n/) continue
                    if (pass == 1 && (t == 0 || t == 1)) end_of[t, id] = d
                    if (pass == 2 && (0, id) in end_of && (1, id) in end_of)
                        put("off" SUBSEP $col["task"] SUBSEP t SUBSEP k, d - end_of[0, id] - t * (end_of[1, id] - end_of[0, id]))
                }
            }
            close(each_file[f])
        }
    }
}

# The standard errors of a task and metric k at every t, into error_of; 0: they are not all known.
function errors(k,    a, t, s, n) {
    if (!((task, 0) in met) || !((task, 1) in met)) return 0
    for (a = 1; a <= points[task]; a++) {
        t = at[task, a]
        n = m["off", task, t, k]
        if (n < 2) return 0
        s = sqrt(square["off", task, t, k] / (n - 1) / n)
        if (name[k] !~ /^loss/ && s < 1 / n && t > 0 && t < 1) s = 1 / n
        error_of[task, t, k] = s
    }
    return 1
}

# The row of mc-barrier's tables that is of a task and metric k, as fields f; 0: there is none.
function row_of(k, f,    r, found) {
    for (r = 1; r <= rows; r++) {
        split(row[r], f, FS)
        if (f[1] != task || f[2] != name[k] || f[3] != (runs > 1 ? "all" : file[1])) continue
        if (found) fail("two rows of " f[3] " and task " task ": a condition has a table of its own")
        found = r
    }
    if (found) split(row[found], f, FS)
    return found
}

function span(v) {
    v = cell(v)
    if (v == "NaN") return
    v += 0
    if (least == "" || v < least) least = v
    if (most == "" || v > most) most = v
}

# What the first line says of metric k, after its cells are worked out: shown[a, k].
function about(k,    a, r, f, n, c, d, up, apart, top, at_top, ends, bar, told) {
    least = most = at_top = ""
    up = name[k] ~ /^loss/ ? 1 : -1 # what is worse
    ends = (task, 0) in met && (task, 1) in met
    for (a = 1; a <= points[task]; a++) {
        n = split(shown[a, k], c, "\t")
        if (c[3] != "NaN" && c[4] - c[3] > apart) apart = c[4] - c[3]
        for (r = 2; r <= 4; r++) span(c[r])
        for (r = 1; r <= runs && runs > 1; r++) span(value[task, at[task, a], k, r])
        mean_at[at[task, a]] = c[2]
    }
    if (ends && (mean_at[0] == "NaN" || mean_at[1] == "NaN")) ends = 0
    told = "\tNaN\tNaN\t-\t0"
    bar = "\tNaN\tNaN\tNaN"
    if (ends && row_of(k, f)) {
        told = "\t" cell(f[4]) "\t" cell(f[5]) "\t" (f[8] == "" ? "-" : f[8]) "\t" ((task, k) in widths ? 1 : 0)
        span(mean_at[0] + up * f[4])
        span(mean_at[1] + up * f[4])
        for (a = 1; a <= points[task]; a++) {
            n = at[task, a]
            d = up * (mean_at[n] - (1 - n) * mean_at[0] - n * mean_at[1])
            if (n > 0 && n < 1 && (at_top == "" || d > top)) { top = d; at_top = n }
        }
        if (at_top != "" && !((task, k) in widths) && f[6] !~ /n/) {
            d = (1 - at_top) * mean_at[0] + at_top * mean_at[1]
            span(d + up * f[6])
            span(d + up * f[7])
            bar = "\t" at_top "\t" cell(d + up * f[6]) "\t" cell(d + up * f[7])
        }
    }
    return "\t" (least == "" ? 0 : 1) "\t" (apart ? cell(apart) : 0) "\t" (ends ? cell(mean_at[0]) "\t" cell(mean_at[1]) : "NaN\tNaN") "\t" \
        cell(least) "\t" cell(most) told bar
}

END {
    if (failed) exit 1
    if (tables < ARGC - 1) fail("it or another table is empty")
    if (!runs) fail("no table of mc-eval")
    if (!tasks) fail("no point has a t")
    if (rows && runs == 1 && each_files) deviations()
    for (i = 1; i <= tasks; i++) {
        task = order[i]; p = points[task]
        for (a = 2; a <= p; a++) { # by t
            x = at[task, a]
            for (b = a - 1; b >= 1 && at[task, b] > x; b--) at[task, b + 1] = at[task, b]
            at[task, b + 1] = x
        }
        for (k = 1; k <= metrics; k++)
            if (runs == 1 && each_files && row_of(k, f) && f[9] + 0 > 0 && errors(k)) widths[task, k] = f[9]
        for (a = 1; a <= p; a++) {
            key = task SUBSEP at[task, a]
            for (k = 1; k <= metrics; k++) shown[a, k] = cells(k)
        }
        printf "%s\"%s\"\t%d\t%d", (i > 1 ? "\n\n" : ""), task, p, (runs > 1 ? runs : 0)
        for (k = 1; k <= metrics; k++) printf "%s", about(k)
        print ""
        for (a = 1; a <= p; a++) {
            key = task SUBSEP at[task, a]
            printf "%.9g", at[task, a]
            for (k = 1; k <= metrics; k++) printf "%s", shown[a, k]
            for (r = 1; r <= runs && runs > 1; r++) for (k = 1; k <= metrics; k++) printf "\t%s", cell(value[key, k, r])
            printf "\n"
        }
    }
}
