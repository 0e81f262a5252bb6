# What make q3 has found, in sentences for a reader who does not know its columns: what is forgotten on the line, whether that was hard and goes first, each
# beside the control; what is learned; what the curve changes; heights; what adding did.
#   awk -f q3_say.awk sets.tsv pairs.tsv barrier.tsv over.tsv [added.tsv added-over.tsv]
# An interval is over pairs of ends, a p-value of a pair's ledger over its examples: neither stands for the other.
function short(x) { return sprintf("%.2g", x) }
function percent(x) { return sprintf("%.3g", 100 * x) }
function many(n, one) { return n " " one (n == 1 ? "" : "s") }
# Things in the order in which they are first seen.
function note(list, thing) { if (!((list, thing) in seen)) { seen[list, thing] = 1; got[list, ++count[list]] = thing } }
function add(list, between, thing) { return list (list == "" ? "" : between) thing }
BEGIN { FS = "\t" }
FNR == 1 {
    split("", at)
    for (i = 1; i <= NF; i++) at[$i] = i
    next
}
"left_out" in at {
    if ($at["set"] ~ /^(source|target)$/ && $at["left_out"] > 0) left = add(left, ", ", many($at["left_out"], "row") " of the " $at["set"])
    next
}
"experiment" in at {
    key = $at["over"] SUBSEP $at["condition"] SUBSEP $at["minus"] SUBSEP $at["task"]
    if ($at["over"] == "accuracy") note("scored", $at["task"])
    if ($at["mean"] == "nan") next
    mean[key] = $at["mean"]; low[key] = $at["ci_low"]; high[key] = $at["ci_high"]; p[key] = $at["p_holm"]
    confidence = $at["confidence"]
    next
}
"added" in at {
    note("added", $at["condition"])
    amount[$at["condition"]] = add(amount[$at["condition"]], ", ", $at["added"])
    most = $at["added"] > most ? $at["added"] : most
    next
}
"verdict" in at {
    if ($at["condition"] ~ /^added-/ || ("group" in at && $at["group"] != "")) next
    key = $at["condition"] SUBSEP $at["task"]
    note("heights", $at["condition"])
    note("tasks" SUBSEP $at["condition"], $at["task"])
    all = $at["path"] == "all"
    if (all) over_all[key] = 1
    else if (key in over_all) next
    metric = "metric" in at && $at["metric"] != "" ? $at["metric"] : "loss"
    x = all && $at["xfit"] != "nan" ? $at["xfit"] : $at["barrier_lin"]
    height[key] = short(x < 0 ? 0 : x) (all ? bracket($at["ci_low"], $at["ci_high"], 1, 0, 1e308) : "") " (" $at["verdict"] ")"
    if ($at["condition"] ~ /^line-[01]$/) two_heads = 1
    next
}
"p_value" in at {
    key = $at["condition"] SUBSEP $at["task"]
    runs[key]++
    n[key] = $at["n"]
    if ($at["forgotten"] > 0) forgets[key]++
    if ($at["p_value"] != "nan") { tested[key]++; hard[key] += $at["p_value"] < .05 }
}
# An interval as far as it is possible; nothing where there is none.
function bracket(from, to, scale, least, most) {
    if (from == "nan" || from == "") return ""
    return " [" number(from < least ? least : from, scale) ", " number(to > most ? most : to, scale) "]"
}
function number(x, scale) { return scale == 100 ? percent(x) : short(x) }
function of(over, condition, minus, task) { return over SUBSEP condition SUBSEP minus SUBSEP task }
function share(key) { return percent(mean[key]) " %" bracket(low[key], high[key], 100, 0, 1) }
function interval_known(key) { return key in mean && low[key] != "nan" && low[key] != "" }
function holds_0(key) { return interval_known(key) && low[key] <= 0 && high[key] >= 0 }
function differs(key) { return key in p && p[key] != "nan" && p[key] != "" && p[key] + confidence < 1 }
function was_tested(key) { return key in p && p[key] != "nan" && p[key] != "" }
# less(KEY, SCALE, UNIT, MOST, SUBJECT, MORE, FEWER, OTHER): a difference from OTHER in words; MOST is as far from 0 as it can be
function less(key, scale, unit, most, subject, more, fewer, other,    d) {
    d = mean[key]
    if (was_tested(key) && !differs(key))
        return "no difference from " other " is shown (" (d > 0 ? "+" : "") number(d, scale) unit bracket(low[key], high[key], scale, -most, most) ", p " short(p[key]) ")"
    if (d == 0) return "no more and no less than " other
    return subject number(d < 0 ? -d : d, scale) unit " " (d < 0 ? fewer turned(key, scale, most) : more bracket(low[key], high[key], scale, -most, most)) " than " other \
        (was_tested(key) ? ", p " short(p[key]) : "")
}
function turned(key, scale, most) { return interval_known(key) ? bracket(-high[key], -low[key], scale, -most, most) : "" }
function line_forgets(    key, line) {
    key = of("forgotten_share", "line", "", "source")
    if (!(key in mean)) return
    line = (mean[key] > 0 ? "On the line from source to target " share(key) " of the " many(n["line", "source"], "training example") " of the source are forgotten" : \
        "Nothing of the " many(n["line", "source"], "training example") " of the source is forgotten on the line from source to target") \
        " (right at the source's end, wrong at the target's" (two_heads ? ", by the head of the source" : "") ")." control_forgets(mean[key])
    pairs = runs["line", "source"]
    if (pairs >= 3) print line " Brackets are " 100 * confidence " % intervals over " pairs " pairs of ends, here and below; p-values of differences have Holm's correction, their intervals have not."
    else print line " Of " many(pairs, "pair") " of ends there is no interval and no test of a difference: three are needed."
}
function control_forgets(line,    key) {
    key = of("forgotten_share", "control", "", "source")
    if (!(key in mean)) return ""
    if (mean[key] == 0 && line == 0) return " Nor is it on the control, the line between two seeds of the source."
    return " On the control, the line between two seeds of the source, " (mean[key] > 0 ? share(key) " are" : "nothing is") ": " \
        less(of("forgotten_share", "line", "control", "source"), 100, " points", 1, "the line's share is ", "higher", "lower", "the control's") "."
}
function line_was_hard(    key, t, line) {
    t = tested["line", "source"]
    if (!t) {
        if (forgets["line", "source"]) print "Whether what the line forgets was hard in training is not tested: in no pair are some examples forgotten and some kept."
        return
    }
    line = "What the line forgets was harder in training than what it keeps in " hard["line", "source"] + 0 " of " many(t, "pair") \
        " (p < .05, one-sided, against examples of the pair dealt out at random)"
    key = of("cliffs_delta", "line", "", "source")
    if (key in mean)
        line = line "; Cliff's delta is " delta(key) " over pairs" (holds_0(key) ? ", which leaves open what other ends would do" : \
            interval_known(key) && high[key] < 0 ? ": it was easier" : "")
    else line = line "; Cliff's delta over pairs is not told, as a pair has none"
    key = of("cliffs_delta", "control", "", "source")
    if (key in mean) line = line ". On the control delta is " delta(key)
    key = of("cliffs_delta", "line", "control", "source")
    if (key in mean) line = line ": " less(key, 1, "", 2, "the line's is ", "higher", "lower", "the control's")
    print line "."
}
function delta(key) { return short(mean[key]) bracket(low[key], high[key], 1, -1, 1) }
function rise(key) { # of the confidence in training along t
    return mean[key] < 0 ? "falls by " short(-mean[key]) turned(key, 1, 1e308) : "rises by " short(mean[key]) bracket(low[key], high[key], 1, -1e308, 1e308)
}
# How the slope of the line stands to the control's, from which it is shown to differ.
function against_control(line, control) {
    if ((line > 0) != (control > 0)) return ", unlike on the control"
    return (control < 0 ? line < control : line > control) ? ", more so than on the control" : ", less so than on the control"
}
function line_order(    key, line, beside) {
    if (!forgets["line", "source"]) return
    key = of("confidence_slope", "line", "", "source")
    beside = of("confidence_slope", "line", "control", "source")
    if (!(key in mean)) { print "Whether what was hard goes first on the line is not told: a pair forgets in fewer than two segments."; return }
    if (!interval_known(key)) line = "How hard is what goes first on the line"
    else if (holds_0(key)) line = "Whether what was hard goes first on the line is not told"
    else line = "What was hard goes " (mean[key] > 0 ? "first" : "last") " on the line" (!was_tested(beside) ? "" : \
        differs(beside) ? against_control(mean[key], mean[of("confidence_slope", "control", "", "source")]) : ", but the control is not shown to be otherwise")
    line = line ": the confidence in training of what a segment forgets " rise(key) " from end to end"
    key = of("confidence_slope", "control", "", "source")
    if (key in mean) line = line ", on the control it " rise(key)
    if (beside in mean) line = line ": " less(beside, 1, "", 1e308, "the line's slope is ", "higher", "lower", "the control's")
    print line "."
}
function line_learns(    key, lost) {
    key = of("learned_share", "line", "", "target")
    lost = of("forgotten_share", "line", "", "target")
    if (key in mean)
        print "Of the " many(n["line", "target"], "training example") " of the target " (mean[key] > 0 ? share(key) " are" : "nothing is") " learned on the line and " \
            (mean[lost] > 0 ? share(lost) : "nothing") " forgotten" (two_heads ? ", by the head of the target." : ".")
}
# A curve has the line's ends, so what it forgets and learns from end to end is the same; the order may be another.
function curve(    key, beside) {
    key = of("confidence_slope", "curve", "", "source")
    beside = of("confidence_slope", "curve", "line", "source")
    if (!(key in mean)) return
    print "On the trained curve between the same ends, which from end to end forgets what the line does, the confidence of what a segment forgets " rise(key) \
        (beside in mean ? ": " less(beside, 1, "", 1e308, "the curve's slope is ", "higher", "lower", "the line's") : "") "."
}
function heights(condition,    k, task, text, name) {
    name = condition == "line-0" ? "line, by the head of the source" : condition == "line-1" ? "line, by the head of the target" : condition
    for (k = 1; k <= count["tasks" SUBSEP condition]; k++) {
        task = got["tasks" SUBSEP condition, k]
        text = add(text, ", ", task " " height[condition, task])
    }
    print "Heights of the " metric " on sets that nothing was trained on, " name ": " text "."
}
function kind_of(condition,    kind) {
    kind = substr(condition, 7)
    return kind == "forgotten" ? "examples that the line forgets" : kind == "hard" ? "hardest examples" : kind == "easy" ? "easiest examples" : kind == "ambiguous" ? "most ambiguous examples" : "random examples"
}
# Differences in accuracy that are shown, of a kind from MINUS.
function accuracies(condition, minus, other,    k, key, line) {
    for (k = 1; k <= count["scored"]; k++) {
        key = of("accuracy", condition, minus, got["scored", k])
        if (was_tested(key)) looked = 1
        if (differs(key)) line = line "; accuracy on " got["scored", k] ": " less(key, 100, " points", 1, "", "higher", "lower", other)
    }
    return line
}
# Whether it matters which examples are added: what no kind added is forgotten more or less than with random ones, or accuracy is another.
function kinds(    i, k, c, some, which, other, random) {
    for (i = 1; i <= count["added"]; i++) {
        c = got["added", i]
        if (c == "added-random") random = 1
        some = some || was_tested(of("common_share", c, "added-random", "source"))
        other = differs(of("common_share", c, "added-random", "source"))
        for (k = 1; k <= count["scored"]; k++) other = other || differs(of("accuracy", c, "added-random", got["scored", k]))
        if (other) which = add(which, ", ", kind_of(c))
    }
    if (which != "") print "Which examples of the source are added to the target's training set matters: unlike random ones are the " which "."
    else if (some) print "Which examples of the source are added to the target's training set is not shown to matter: no kind differs from as many random ones."
    else if (!random) print "Whether it matters which examples of the source are added to the target's training set is not told without random ones among them."
}
function added(condition,    key, line, accuracy) {
    line = "With the " kind_of(condition) " added (" amount[condition] " by seed), "
    looked = 0
    key = of("common_share", condition, "", "source")
    if (key in mean) {
        line = line share(key) " of the examples that no kind added are forgotten"
        key = of("common_share", condition, "added-random", "source")
        if (key in mean) line = line ", " less(key, 100, " points", 1, "", "more", "fewer", "random ones")
    } else line = line "no example is left that no kind added"
    key = of("forgotten_share", condition, "line", "source")
    if (key in mean)
        line = line "; of all of the source, the added counted, " share(of("forgotten_share", condition, "", "source")) ", " \
            less(key, 100, " points", 1, "", "more", "fewer", "the line without them")
    accuracy = accuracies(condition, "added-random", "with random ones") accuracies(condition, "target", "without them")
    print line (accuracy != "" ? accuracy : looked ? "; no accuracy is shown to differ" : "") "."
}
END {
    line_forgets()
    line_was_hard()
    line_order()
    line_learns()
    curve()
    if (count["added"] && !most) print "The lines forget nothing, so nothing was added to the target."
    if (most) {
        kinds()
        for (i = 1; i <= count["added"]; i++) added(got["added", i])
        print "Beside the line without them, more examples are more updates too: that alone does not tell what the examples do. Kinds are not drawn within labels: what sets them apart may be their labels."
    }
    for (i = 1; i <= count["heights"]; i++) heights(got["heights", i])
    if (left != "") print "Left out of training, as they stand in sets that are scored or in the source's: " left "."
}
