# Per-example tables of one task, each of other points or other examples, as one, and its table of means in the file `path`, with the column
# `metric`:
#   awk -v metric=loss -v path=FILE -f join_looks.awk TABLE...
# Every mean is over the examples in one order, whichever look had them first: where no example changes, no mean does.
BEGIN { FS = OFS = "\t" }
FNR == 1 {
    split("", at)
    for (i = 1; i <= NF; i++) at[$i] = i
    if (NR == 1) head = $0
    next
}
{
    t = $at["t"] + 0
    if (!(t in known)) { known[t]; order[++points] = t }
    task = $at["task"]
    example = $at["example"]
    if (!(example in seen)) { seen[example]; examples[++n_examples] = example }
    value[t, example] = metric == "accuracy" ? $at["label"] "" == $at["predicted"] "" : $at[metric]
    $at["point"] = "POINT"
    row[++rows] = $0
    of[rows] = t
}
function mean(t,    k, sum) { # and n, of how many
    n = 0
    for (k = 1; k <= n_examples; k++) if ((t, examples[k]) in value) { n++; sum += value[t, examples[k]] }
    return sum / n
}
END {
    for (i = 2; i <= points; i++) # by t
        for (j = i; j > 1 && order[j] < order[j - 1]; j--) { t = order[j]; order[j] = order[j - 1]; order[j - 1] = t }
    print "point", "t", "task", "n", metric > path
    for (i = 1; i <= points; i++) {
        t = order[i]
        place[t] = i - 1
        m = mean(t)
        printf "%d\t%.17g\t%s\t%d\t%.17g\n", i - 1, t, task, n, m > path
    }
    print head
    for (k = 1; k <= rows; k++) { sub(/^POINT/, place[of[k]], row[k]); print row[k] }
}
