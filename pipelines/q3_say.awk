# Sentences of what make q3 has found: one a path and training set, one a difference between two paths, one of the heights on each path, one a kind
# of examples that were added.
#   awk -f q3_say.awk sets.tsv pairs.tsv barrier.tsv over.tsv [added.tsv added-over.tsv]
function short(x) { return x == "nan" ? x : sprintf("%.2g", x) }
function percent(x) { return x == "nan" ? x : sprintf("%.3g", 100 * x) }
function scaled(x, share) { return share ? percent(x) : short(x) }
function brackets(share) { return $at["ci_low"] == "nan" ? "" : " [" scaled($at["ci_low"], share) ", " scaled($at["ci_high"], share) "]" }
function shown() { return $at["p_holm"] == "nan" ? "" : " (p " short($at["p_holm"]) ($at["p_holm"] + $at["confidence"] < 1 ? ")" : ", not shown)") }
# A thing in the order in which it is first seen.
function note(list, thing) { if (!((list, thing) in seen)) { seen[list, thing] = 1; got[list, ++count[list]] = thing } }
function tell(over, who, between, after) { return (over, who) in text ? between text[over, who] after : "" }
BEGIN { FS = "\t" }
FNR == 1 {
    split("", at)
    for (i = 1; i <= NF; i++) at[$i] = i
    next
}
"left_out" in at {
    sets = sets (sets == "" ? "" : ", ") $at["set"] " " $at["examples"]
    if ($at["left_out"] > 0) sets = sets " (" $at["left_out"] " left out: other sets have them)"
    next
}
"experiment" in at {
    share = $at["over"] ~ /_share$|^accuracy$|^rest_less$/
    who = $at["condition"] ($at["minus"] == "" ? "" : " less " $at["minus"]) ", " $at["task"]
    if ($at["experiment"] == "paths") note($at["minus"] == "" ? "paths" : "differences", who)
    if ($at["experiment"] == "added" && $at["over"] == "accuracy" && $at["minus"] != "") note("scored", $at["task"])
    if ($at["mean"] == "nan") next
    text[$at["experiment"] $at["over"], who] = ($at["minus"] != "" && $at["mean"] > 0 ? "+" : "") scaled($at["mean"], share) \
        (!share ? "" : $at["minus"] == "" && $at["over"] != "rest_less" ? " %" : " points") brackets(share) ($at["minus"] == "" ? "" : shown())
    next
}
"added" in at { note("added", $at["condition"]); amounts[$at["condition"]] = amounts[$at["condition"]] " " $at["added"]; next }
"verdict" in at {
    if ($at["group"] != "" || $at["condition"] ~ /^added-/ || ($at["path"] != "all" && seeds > 1)) next
    note("heights", $at["condition"])
    height = $at["path"] == "all" ? ($at["xfit"] < 0 ? 0 : $at["xfit"]) : $at["barrier_lin"]
    heights[$at["condition"]] = heights[$at["condition"]] (heights[$at["condition"]] == "" ? ": " : "; ") $at["task"] " " short(height) brackets(0) " " $at["verdict"]
    next
}
"p_value" in at {
    if (!(($at["condition"], $at["seed"]) in run)) { run[$at["condition"], $at["seed"]] = 1; if ($at["condition"] == "line") seeds++ }
    who = $at["condition"] ", " $at["task"]
    pairs[who]++
    n[who] = $at["n"]
    if ($at["p_value"] != "nan" && $at["p_value"] < .05) hard[who]++
}
END {
    print "examples: " sets
    for (i = 1; i <= count["paths"]; i++) {
        who = got["paths", i]
        print who ": of " n[who] " examples, " tell("pathsforgotten_share", who, "", " forgotten") tell("pathslearned_share", who, ", ", " learned") \
            tell("pathsconfidence_less", who, "; what is forgotten had a confidence lower by ", "") tell("pathscliffs_delta", who, "; Cliff's delta ", "") \
            "; harder than by chance (p < .05) in " hard[who] + 0 " of " pairs[who] " pairs" tell("pathsconfidence_slope", who, \
            "; the confidence of what goes rises along t by ", "")
    }
    for (i = 1; i <= count["differences"]; i++) {
        who = got["differences", i]
        print who ": " tell("pathsforgotten_share", who, "forgotten ", "") tell("pathslearned_share", who, "; learned ", "") \
            tell("pathsconfidence_less", who, "; lower confidence of the forgotten ", "") tell("pathscliffs_delta", who, "; Cliff's delta ", "")
    }
    for (i = 1; i <= count["heights"]; i++) print got["heights", i] ", heights" heights[got["heights", i]]
    for (i = 1; i <= count["added"]; i++) {
        who = got["added", i]
        line = who ":" amounts[who] " examples of the source added to the target" tell("addedforgotten_share", who ", source", "; ", " of the source forgotten")
        line = line tell("addedforgotten_share", who " less line, source", ", ", "")
        for (k = 1; k <= count["scored"]; k++) line = line tell("addedaccuracy", who " less target, " got["scored", k], "; accuracy on " got["scored", k] " ", "")
        print line
    }
}
