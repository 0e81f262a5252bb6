# One row a condition of make q1: what its pairs of ends do on their path.
#   awk -f q1.awk ends.tsv distance.tsv test.tsv [calibrated.tsv] barrier.tsv          tables of pipelines/q1.mk, in this order
BEGIN { FS = OFS = "\t" }
FNR == 1 {
    split("", at)
    for (i = 1; i <= NF; i++) at[$i] = i
    table = "accuracy_majority" in at ? "ends" : "l2" in at ? "distance" : "loss_t" in at ? "test" : "barrier"
    next
}
table == "ends" { # of the ends themselves; marked: not five points above the most frequent label
    if ($at["accuracy"] < $at["accuracy_majority"] + .05) weak[$at["end"]] = 1
    accuracy[$at["end"]] = $at["accuracy"]
    test_accuracy[$at["end"]] = $at["test_accuracy"]
    next
}
table == "distance" { l2[$at["path"]] = $at["l2"]; cosine[$at["path"]] = $at["cosine"]; next }
table == "test" {
    path = $at["path"]
    if ($at["loss_t"] != "nan") height[path] = $at["loss_t"] - (1 - $at["t"]) * $at["loss_0"] - $at["t"] * $at["loss_1"]
    from[path] = $at["from"]
    to[path] = $at["to"]
    next
}
$at["condition"] ~ /^calibrated-/ { # of the loss with a temperature of its own at every point
    c = substr($at["condition"], length("calibrated-") + 1)
    if ($at["path"] == "all" || !(c in cool)) { cool[c] = $at["xfit"]; cool_low[c] = $at["ci_low"]; cool_high[c] = $at["ci_high"] }
    next
}
$at["group"] == "" {
    c = $at["condition"]
    if (!(c in seen)) { seen[c] = 1; order[++conditions] = c }
    over_all = $at["path"] == "all"
    if (over_all || !(c in n)) { # the first path stands for all of them until their row comes
        split("barrier_lin barrier_mean barrier_max barrier_mid convexity_gap", name, " ")
        definitions[c] = ""
        for (i = 1; i <= 5; i++) definitions[c] = definitions[c] (i > 1 ? OFS : "") $at[name[i]]
        xfit[c] = $at["xfit"]; low[c] = $at["ci_low"]; high[c] = $at["ci_high"]; verdict[c] = $at["verdict"]
        loss_0[c] = $at["loss_0"]; loss_1[c] = $at["loss_1"]; loss_max[c] = $at["loss_max"]; length_of[c] = $at["length"]
    }
    if (over_all) next
    path = $at["path"]
    sub(/.*path-/, "", path)
    sub(/\.tsv$/, "", path)
    n[c]++
    of[c, $at["verdict"]]++
    if (path in l2) { distances[c]++; sum_l2[c] += l2[path]; sum_cosine[c] += cosine[path] }
    if (path in height) { tests[c]++; sum_height[c] += height[path] }
    if (path in from) {
        ends[c] += 2
        sum_accuracy[c] += accuracy[from[path]] + accuracy[to[path]]
        if (test_accuracy[from[path]] != "nan") { tested_ends[c] += 2; sum_test[c] += test_accuracy[from[path]] + test_accuracy[to[path]] }
    }
    marked[c] += (from[path] in weak) || (to[path] in weak)
}
END {
    print "condition", "pairs", "connected", "undecided", "barrier", "loss_0", "loss_1", "loss_max", "barrier_lin", "xfit", "ci_low", "ci_high", \
        "verdict", "test_height", "l2", "cosine", "length", "marked", "barrier_mean", "barrier_max", "barrier_mid", "convexity_gap", "accuracy", \
        "test_accuracy", "xfit_cal", "cal_low", "cal_high"
    for (k = 1; k <= conditions; k++) {
        c = order[k]
        split(definitions[c], definition, OFS)
        print c, n[c], of[c, "connected"] + 0, of[c, "undecided"] + 0, of[c, "barrier"] + 0, loss_0[c], loss_1[c], loss_max[c], definition[1], xfit[c], \
            low[c], high[c], verdict[c], mean(sum_height, tests), mean(sum_l2, distances), mean(sum_cosine, distances), length_of[c], marked[c] + 0, \
            definition[2], definition[3], definition[4], definition[5], mean(sum_accuracy, ends), mean(sum_test, tested_ends), \
            cell(cool), cell(cool_low), cell(cool_high)
    }
}
function cell(v) { return c in v ? v[c] : "nan" }
function mean(sum, n) { return c in n ? sum[c] / n[c] : "nan" }
