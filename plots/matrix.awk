# A table of mc-matrix -> blocks for matrix.gp, two empty lines between them, models in the order of their clusters:
#   "MODEL"
#   column row value
#   first last          of every cluster
BEGIN { FS = "\t" }

function fail(text) { print "matrix.awk: " FILENAME ": " text > "/dev/stderr"; failed = 1; exit 1 }

NR == 1 {
    if ($1 != "model" || $2 != "cluster" || NF < 3) fail("no table of mc-matrix")
    n = NF - 2
    for (i = 1; i <= n; i++) head[i] = $(i + 2)
    next
}

FNR == 1 { fail("one table is one matrix") }

{
    k = NR - 1
    if (NF != n + 2 || k > n || $1 "" != head[k] "") fail("line " NR " is not of the model that column " k + 2 " is of")
    cluster[k] = $2 + 0
    for (i = 1; i <= n; i++) value[k, i] = $(i + 2)
}

END {
    if (failed) exit 1
    if (NR == 0) fail("is empty")
    if (NR != n + 1) fail("has " NR - 1 " models in " n " columns")
    for (k = 1; k <= n; k++) {
        for (a = k; a > 1 && cluster[order[a - 1]] > cluster[k]; a--) order[a] = order[a - 1]
        order[a] = k
    }
    for (a = 1; a <= n; a++) print "\"" head[order[a]] "\""
    printf "\n\n"
    for (a = 1; a <= n; a++) {
        for (b = 1; b <= n; b++) {
            v = value[order[a], order[b]]
            # Fixed point: gnuplot's real() refuses 1e-05, and inf as it does nan.
            printf "%d %d %s\n", b, a, v ~ /n/ ? "NaN" : sprintf("%.9f", v)
        }
    }
    printf "\n\n"
    for (a = 1; a <= n; a = b) {
        for (b = a + 1; b <= n && cluster[order[b]] == cluster[order[a]]; b++) { }
        print a, b - 1
    }
}
