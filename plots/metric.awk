# What of tables of mc-eval is drawn where nobody says: `loss` and the task's own metric behind a comma, if it has one: the correlation of a
# regression, exact matches of written text, else the accuracy. Then, on a line of its own, what the loss is in: nats, or
# squared errors; nothing where no table is of mc-eval.
#   awk -f metric.awk path.tsv...          tables per example and those of mc-barrier are passed over
BEGIN { FS = "\t" }
FNR == 1 {
    split("", at)
    for (i = 1; i <= NF; i++) at[$i] = i
    if ("example" in at || "barrier_lin" in at) nextfile
    next
}
function has(name) { return name in at && $at[name] != "" && $at[name] != "nan" }
{
    rows++
    for (i = 1; i <= split("pearson spearman exact_match accuracy", name, " "); i++) if (has(name[i])) found[name[i]] = 1
}
END {
    squared = ("pearson" in found || "spearman" in found) && !("accuracy" in found)
    metric = squared ? ("pearson" in found ? "pearson" : "spearman") : "exact_match" in found ? "exact_match" : "accuracy"
    print "loss" (metric in found ? "," metric : "")
    print squared ? "squared error" : rows ? "nats" : ""
}
