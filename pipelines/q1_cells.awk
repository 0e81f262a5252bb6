# Tables of make q1 from tables of mc-eval, whose files are called score-END.tsv (an end or a mixture, on dev and test) and
# test-PATH.tsv (a path on test, at one point):
#   awk -v what=ends -v majority=SHARE -f q1_cells.awk score-...
#   awk -v what=test -v paths='PATH=END=END ...' -f q1_cells.awk score-... test-...
#   awk -v what=mixtures -f q1_cells.awk score-...
BEGIN { FS = OFS = "\t" }
FNR == 1 {
    split("", at)
    for (i = 1; i <= NF; i++) at[$i] = i
    name = FILENAME
    is_test = name ~ /\/test-[^\/]*$/
    sub(/.*\/(score|test)-/, "", name)
    sub(/\.tsv$/, "", name)
    next
}
is_test { t[name] = $at["t"]; loss_t[name] = $at["loss"]; accuracy_t[name] = $at["accuracy"]; next }
{
    if (!(name in seen)) { seen[name] = 1; order[++ends] = name }
    loss[name, $at["task"]] = $at["loss"]
    accuracy[name, $at["task"]] = $at["accuracy"]
}
function cell(v, key) { return key in v ? v[key] : "nan" }
END {
    if (what == "ends") {
        print "end", "loss", "accuracy", "accuracy_majority", "test_loss", "test_accuracy"
        for (k = 1; k <= ends; k++) {
            name = order[k]
            print name, cell(loss, name SUBSEP "dev"), cell(accuracy, name SUBSEP "dev"), majority, cell(loss, name SUBSEP "test"), \
                cell(accuracy, name SUBSEP "test")
        }
    } else if (what == "test") {
        print "path", "from", "to", "t", "loss_t", "accuracy_t", "loss_0", "accuracy_0", "loss_1", "accuracy_1"
        n = split(paths, path, " ")
        for (k = 1; k <= n; k++) {
            split(path[k], p, "=")
            print p[1], p[2], p[3], cell(t, p[1]), cell(loss_t, p[1]), cell(accuracy_t, p[1]), cell(loss, p[2] SUBSEP "test"), \
                cell(accuracy, p[2] SUBSEP "test"), cell(loss, p[3] SUBSEP "test"), cell(accuracy, p[3] SUBSEP "test")
        }
    } else {
        print "condition", "pair", "from", "to", "loss", "accuracy", "loss_0", "accuracy_0", "loss_1", "accuracy_1", "above_best", "test_loss", \
            "test_accuracy"
        for (k = 1; k <= ends; k++) {
            name = order[k]
            if (name !~ /^mix-/) continue
            split(name, p, "-")
            a = "order-" p[3]; b = "order-" p[4]
            best = loss[a, "dev"] < loss[b, "dev"] ? loss[a, "dev"] : loss[b, "dev"]
            print p[2], p[3] "-" p[4], a, b, loss[name, "dev"], accuracy[name, "dev"], loss[a, "dev"], accuracy[a, "dev"], loss[b, "dev"], \
                accuracy[b, "dev"], loss[name, "dev"] - best, cell(loss, name SUBSEP "test"), cell(accuracy, name SUBSEP "test")
        }
    }
}
