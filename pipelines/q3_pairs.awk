# A row a pair of ends and training set of make q3: shares of the examples over the whole path, and how hard what is forgotten had been.
#   awk -f q3_pairs.awk ledger.tsv
# confidence_less: confidence of the kept less that of the forgotten; confidence_slope: how the confidence of what is forgotten in a segment
# rises with t, by least squares over segments, each weighted by how many it forgets: positive where what is hard goes first.
BEGIN {
    FS = OFS = "\t"
    print "condition", "seed", "from", "to", "task", "n", "forgotten", "forgotten_share", "learned_share", "confidence_less", "cliffs_delta", \
        "p_value", "variability_more", "confidence_slope"
}
FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
function less(a, b) { return a == "nan" || b == "nan" ? "nan" : sprintf("%.9g", a - b) }
$at["segment"] == "0" { n = t = y = tt = ty = 0 }
$at["segment"] != "all" && $at["confidence_forgotten"] != "nan" {
    w = $at["forgotten"]
    x = ($at["t_0"] + $at["t_1"]) / 2
    n += w; t += w * x; y += w * $at["confidence_forgotten"]; tt += w * x * x; ty += w * x * $at["confidence_forgotten"]
}
$at["segment"] == "all" {
    spread = n ? tt - t * t / n : 0
    slope = spread > 1e-12 * n ? sprintf("%.9g", (ty - t * y / n) / spread) : "nan"
    print $at["condition"], $at["seed"], $at["from"], $at["to"], $at["task"], $at["n"], $at["forgotten"], sprintf("%.9g", $at["forgotten"] / $at["n"]), \
        sprintf("%.9g", $at["learned"] / $at["n"]), less($at["confidence_kept"], $at["confidence_forgotten"]), $at["cliffs_delta"], \
        $at["p_value"], less($at["variability_forgotten"], $at["variability_kept"]), slope
}
