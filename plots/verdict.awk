# A barrier table for the terminal: one line a path.
NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
{
    printf "%s, %s: ends %.4g and %.4g, barrier %.4g", $at["path"], $at["task"], $at["loss_0"], $at["loss_1"], $at["barrier_lin"]
    if ($at["verdict"] != "") printf " [%.4g, %.4g]: %s", $at["ci_low"], $at["ci_high"], $at["verdict"]
    print ""
}
