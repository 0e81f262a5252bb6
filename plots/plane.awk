# A sweep of mc-eval over a plane -> lines for plane.gp, by y, then x, an empty line after each y:
#   plane, or random if its two ends are one model
#   x y value
# Variables: metric, a column; task (none: the only one); unit_x, unit_y, by which x and y are multiplied.
BEGIN { FS = "\t"; if (unit_x == "") unit_x = 1; if (unit_y == "") unit_y = 1 }

function fail(text) { print "plane.awk: " FILENAME ": " text > "/dev/stderr"; failed = 1; exit 1 }

FNR == 1 {
    if (NR > 1) fail("one table is one plane")
    for (i = 1; i <= NF; i++) col[$i] = i
    if (!("x" in col) || !("y" in col) || !("task" in col) || "example" in col) fail("no table of mc-eval with x and y")
    if (!(metric in col)) fail("no column " metric)
    next
}

task != "" && $col["task"] != task { next }
$col["x"] == "nan" || $col["y"] == "nan" { next }

{
    if (named++ && $col["task"] "" != one "") fail("more than one task: --task " one " or " $col["task"])
    one = $col["task"]
    if (!("from" in col) || $col["from"] == "" || $col["from"] "" != $col["to"] "") spanned = 1
    x = $col["x"]; y = $col["y"]
    if (!(x in known_x)) { known_x[x]; xs[++m] = x + 0; as_x[m] = x }
    if (!(y in known_y)) { known_y[y]; ys[++n] = y + 0; as_y[n] = y }
    if ((x, y) in value) fail("has x " x " y " y " twice")
    value[x, y] = $col[metric]
}

# Numbers v[1:k] in ascending order, their spellings s[] with them.
function sort(v, s, k,    i, j, number, spelling) {
    for (i = 2; i <= k; i++) {
        number = v[i]; spelling = s[i]
        for (j = i - 1; j >= 1 && v[j] > number; j--) { v[j + 1] = v[j]; s[j + 1] = s[j] }
        v[j + 1] = number; s[j + 1] = spelling
    }
}

END {
    if (failed) exit 1
    if (m < 2 || n < 2) fail(task == "" || named ? "no plane: fewer than two x or two y" : "no plane of task " task)
    sort(xs, as_x, m)
    sort(ys, as_y, n)
    print spanned ? "plane" : "random"
    for (j = 1; j <= n; j++) {
        for (i = 1; i <= m; i++) {
            if (!((as_x[i], as_y[j]) in value)) fail("lacks the point at x " as_x[i] " y " as_y[j])
            v = value[as_x[i], as_y[j]]
            # Fixed point: gnuplot's real() refuses 1e-05, and inf as it does nan.
            printf "%.9f %.9f %s\n", xs[i] * unit_x, ys[j] * unit_y, v ~ /n/ ? "NaN" : sprintf("%.9f", v)
        }
        print ""
    }
}
