# Sentences of what make q3 has found, a line each: the sets; a path and training set; two paths beside each other; the heights on a path; a kind of
# examples that were added.
#   awk -f q3_say.awk sets.tsv pairs.tsv barrier.tsv over.tsv [added.tsv added-over.tsv]
function short(x) { return x == "nan" ? x : sprintf("%.2g", x) }
function percent(x) { return x == "nan" ? x : sprintf("%.3g", 100 * x) }
# The interval of what mc-barrier --over or mc-barrier says, in percent for shares; none where there is none.
function brackets(share) {
    if ($at["ci_low"] == "nan") return ""
    return " [" (share ? percent($at["ci_low"]) : short($at["ci_low"])) ", " (share ? percent($at["ci_high"]) : short($at["ci_high"])) "]"
}
# Things in the order in which they are first seen.
function note(list, thing) { if (!((list, thing) in seen)) { seen[list, thing] = 1; got[list, ++count[list]] = thing } }
# Which side of 0 an interval is on.
function side(key) { return !(key in low) || low[key] == "nan" ? 0 : low[key] > 0 ? 1 : high[key] < 0 ? -1 : 0 }
function when(key, between, after) { return key in text ? between text[key] after : "" }
BEGIN { FS = "\t" }
FNR == 1 {
    split("", at)
    for (i = 1; i <= NF; i++) at[$i] = i
    next
}
"left_out" in at {
    sets = sets (sets == "" ? "" : ", ") $at["set"] " " $at["examples"]
    if ($at["left_out"] > 0) sets = sets " (" $at["left_out"] " left out, which other sets have)"
    next
}
"experiment" in at {
    key = $at["experiment"] SUBSEP $at["over"] SUBSEP $at["condition"] SUBSEP $at["minus"] SUBSEP $at["task"]
    if ($at["experiment"] == "paths" && $at["over"] == "forgotten_share")
        note($at["minus"] == "" ? "paths" : "differences", $at["condition"] SUBSEP $at["minus"] SUBSEP $at["task"])
    if ($at["over"] == "accuracy" && $at["minus"] != "") note("scored", $at["task"])
    if ($at["mean"] == "nan") next
    low[key] = $at["ci_low"]; high[key] = $at["ci_high"]
    share = $at["over"] ~ /_share$|^accuracy$/
    text[key] = ($at["minus"] != "" && $at["mean"] > 0 ? "+" : "") (share ? percent($at["mean"]) ($at["minus"] == "" ? " %" : " points") : short($at["mean"])) brackets(share)
    if ($at["minus"] != "" && $at["p_holm"] != "nan") {
        real[key] = $at["p_holm"] + $at["confidence"] < 1
        text[key] = text[key] ", p " short($at["p_holm"]) (real[key] ? "" : ": no difference shown")
    }
    next
}
"added" in at {
    note("added", $at["condition"])
    amount[$at["condition"]] = amount[$at["condition"]] (amount[$at["condition"]] == "" ? "" : ", ") $at["added"]
    next
}
"verdict" in at {
    if ($at["group"] != "" || $at["condition"] ~ /^added-/ || ($at["path"] != "all" && seeds > 1)) next
    note("heights", $at["condition"])
    height = $at["path"] == "all" ? ($at["xfit"] < 0 ? 0 : $at["xfit"]) : $at["barrier_lin"]
    heights[$at["condition"]] = heights[$at["condition"]] (heights[$at["condition"]] == "" ? "" : "; ") $at["task"] " " short(height) brackets(0) ", " $at["verdict"]
    next
}
"p_value" in at {
    who = $at["condition"] SUBSEP $at["task"]
    if (++pairs[who] > seeds && $at["condition"] == "line") seeds = pairs[who]
    n[who] = $at["n"]
    if ($at["p_value"] != "nan" && $at["p_value"] < .05) hard[who]++
}
function path(condition, task,    who, key, line) {
    who = condition SUBSEP task
    key = condition SUBSEP SUBSEP task
    line = condition (condition == "control" ? " (two orders of the source)" : "") ", training set of the " task " (" n[who] " examples): " when("paths" SUBSEP "forgotten_share" SUBSEP key, "", " forgotten") \
        when("paths" SUBSEP "learned_share" SUBSEP key, ", ", " learned")
    delta = "paths" SUBSEP "cliffs_delta" SUBSEP key
    line = line "; what is forgotten " (side(delta) > 0 ? "was harder" : side(delta) < 0 ? "was easier" : "is not shown to have been harder") " (" \
        when(delta, "Cliff's delta ", "; ") "p < .05 in " hard[who] + 0 " of " pairs[who] ")"
    slope = "paths" SUBSEP "confidence_slope" SUBSEP key
    return line when(slope, "; " (side(slope) > 0 ? "what is hard goes first" : side(slope) < 0 ? "what is hard goes last" : "no order of hard and easy is shown") \
        " (confidence rises along t by ", ")")
}
function added(condition,    line, k, key, shown) {
    line = condition ": " amount[condition] " examples more for the target" when("added" SUBSEP "forgotten_share" SUBSEP condition SUBSEP SUBSEP "source", \
        "; ", " of the source forgotten") when("added" SUBSEP "forgotten_share" SUBSEP condition SUBSEP "line" SUBSEP "source", "; less the line without them ", "")
    for (k = 1; k <= count["scored"]; k++) {
        key = "added" SUBSEP "accuracy" SUBSEP condition SUBSEP "target" SUBSEP got["scored", k]
        if (real[key] && ++shown) line = line when(key, "; accuracy on " got["scored", k] " ", "")
    }
    return line (shown ? "" : "; no accuracy is shown to differ")
}
END {
    print "examples: " sets
    for (i = 1; i <= count["paths"]; i++) {
        split(got["paths", i], of, SUBSEP)
        print path(of[1], of[3])
    }
    for (i = 1; i <= count["differences"]; i++) {
        split(got["differences", i], of, SUBSEP)
        print of[1] " less " of[2] ", training set of the " of[3] ": " when("paths" SUBSEP "forgotten_share" SUBSEP got["differences", i], "forgotten ", "") \
            when("paths" SUBSEP "cliffs_delta" SUBSEP got["differences", i], "; Cliff's delta ", "")
    }
    for (i = 1; i <= count["heights"]; i++) print got["heights", i] ", heights: " heights[got["heights", i]]
    for (i = 1; i <= count["added"]; i++) print added(got["added", i])
}
