# What the looks of a verdict came to, for the terminal; `of`: the metric. With -f plots/notes.awk.
NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
{ last = $0 }
END {
    $0 = last
    printf "%s: height%s %.4g [%.4g, %.4g] after %s look%s; %s examples x points, %.1f %% of a sweep of 26 points, in %s s; ends %.4g and %.4g%s\n", $at["verdict"], of == "loss" ? "" : " by 1 - " of,
        $at["barrier_lin"], $at["ci_low"], $at["ci_high"], $at["look"], $at["look"] == 1 ? "" : "s", $at["cost"], 100 * $at["of_sweep"],
        $at["seconds"], $at["loss_0"], $at["loss_1"], said_notes($at["notes"])
}
