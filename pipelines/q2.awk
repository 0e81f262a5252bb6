# One row a task and step of make q2: what pairs of ends tuned from there do on their lines.
#   awk -f plots/student.awk -f q2.awk ends.tsv distance.tsv barrier.tsv          tables of pipelines/q2.mk, in this order
# The interval of the accuracy is over other ends and other examples: mean -+ sqrt((q s_run)^2 + (u s_ex)^2), q Student's quantile, within [0, 1].
BEGIN { FS = OFS = "\t" }
FNR == 1 {
    split("", at)
    for (i = 1; i <= NF; i++) at[$i] = i
    table = "accuracy_majority" in at ? "ends" : "l2" in at ? "distance" : "barrier"
    next
}
table == "ends" {
    c = $at["task"] "-" $at["step"]
    ends[c]++
    sum[c] += $at["accuracy"]
    squares[c] += $at["accuracy"] ^ 2
    examples[c] = $at["n"]
    share[c] = $at["accuracy_majority"]
    if ($at["accuracy"] < $at["accuracy_majority"] + .05) weak[c, $at["seed"]] = 1
    next
}
table == "distance" {
    c = $at["path"]
    sub(/-[0-9]+-[0-9]+$/, "", c)
    distances[c]++
    sum_l2[c] += $at["l2"]
    sum_cosine[c] += $at["cosine"]
    next
}
{
    c = $at["condition"]
    if (!(c in seen)) { seen[c] = 1; order[++conditions] = c }
    over_all = $at["path"] == "all"
    if (over_all || !(c in n)) { # the first path stands for all of them until their row comes
        xfit[c] = over_all ? $at["xfit"] : $at["barrier_lin"]; low[c] = $at["ci_low"]; high[c] = $at["ci_high"]; verdict[c] = $at["verdict"]
        loss_0[c] = $at["loss_0"]; loss_1[c] = $at["loss_1"]; loss_max[c] = $at["loss_max"]
    }
    if (over_all) next
    n[c]++
    of[c, $at["verdict"]]++
    path = $at["path"]
    sub(/\.tsv$/, "", path)
    parts = split(path, part, "-")
    marked[c] += ((c, part[parts - 1]) in weak) || ((c, part[parts]) in weak)
}
function share_of(x) { return x < 0 ? 0 : x > 1 ? 1 : x }
function half_width(c,    k, mean, run, ex) { # of the accuracy's interval
    k = ends[c]
    if (k < 3) return "nan"
    mean = sum[c] / k
    run = (squares[c] - k * mean ^ 2) / (k - 1) / k
    ex = mean * (1 - mean) / examples[c]
    return sqrt(student(k - 1) ^ 2 * (run > 0 ? run : 0) + 1.96 ^ 2 * ex)
}
END {
    print "task", "step", "pairs", "connected", "undecided", "barrier", "loss_0", "loss_1", "loss_max", "xfit", "ci_low", "ci_high", "verdict", \
        "accuracy", "accuracy_low", "accuracy_high", "accuracy_majority", "l2", "cosine", "marked"
    for (k = 1; k <= conditions; k++) {
        c = order[k]
        task = c
        sub(/-[0-9]+$/, "", task)
        step = c
        sub(/.*-/, "", step)
        mean = sum[c] / ends[c]
        half = half_width(c)
        print task, step, n[c], of[c, "connected"] + 0, of[c, "undecided"] + 0, of[c, "barrier"] + 0, loss_0[c], loss_1[c], loss_max[c], xfit[c], \
            low[c], high[c], verdict[c], mean, half == "nan" ? half : share_of(mean - half), half == "nan" ? half : share_of(mean + half), share[c], \
            sum_l2[c] / distances[c], sum_cosine[c] / distances[c], marked[c] + 0
    }
}
