# Loss and a metric along paths.
#
#   gnuplot -c plots/path.gp path.tsv path.svg
#   gnuplot -c plots/path.gp path.png --title "sst2, two seeds" line.tsv:line curve.tsv:curve
#   gnuplot -c plots/path.gp out.svg --metric mcc s1.tsv,s2.tsv,s3.tsv:seeds path.tsv,each.tsv:one
#   gnuplot -c plots/path.gp out.svg --list conditions.tsv
#
# The argument that ends in .svg, .png or .pdf is the output; --title TEXT, --width 85mm for a figure on
# paper, --metric COLUMN[,COLUMN...]: a panel each (default: loss and the task's own metric, which is
# pearson for a regression, exact_match for written text, else accuracy). Every other argument is a
# condition, one line per task in each panel: FILE[,FILE...][:LABEL]. The FILEs are tables of mc-eval.
# Several of them are runs of one condition, such as seed pairs: a thick line is the mean over them, thin
# lines are single ones, a band, where there are three or more, is Student's interval of that mean at
# 95 %, for every t by itself. Pairs that share ends are not independent and make this interval too
# narrow: the one to quote is that of the row `all` of mc-barrier. It is symmetric, and may reach below
# a loss of 0. Of one table with a per-example one beside it (mc-eval --per-example) the band is one
# standard error over examples.
#
# Of up to four lines the chord between the ends is drawn too. A table of mc-barrier among the FILEs adds
# what is within epsilon of the chord, in grey, its verdict, and what this was read from: of one path with
# its table per example the band that holds at all t together (connected: the band is all in the grey; a
# barrier: all of it is outside somewhere), else the interval of the height, as a bar where the mean is
# highest. Its rows are found by the path's file name, of several tables by the name `all`.
#
# LABEL is the first file's name unless given. --list FILE has one condition a line, tabs between: LABEL,
# FILE, FILE ..., whose names may have commas and colons.
# The y range of a panel is at least .1 (loss) and .05, so that noise on a flat path does not look like a
# barrier. What is drawn replaces the output when it is whole. Needs the files beside it.

folder(s) = strlen(s) == 0 || s[strlen(s):*] eq "/" ? s : folder(s[1:strlen(s) - 1])
dir = folder(ARG0)
array given[100]
givens = ARGC
do for [k = 1:givens] { given[k] = value(sprintf("ARG%d", k)) }
usage = "usage: gnuplot -c path.gp OUT.svg|OUT.png|OUT.pdf [--title TEXT] [--width 85mm] [--metric COLUMN[,COLUMN...]] [--list FILE] [FILE[,FILE...][:LABEL]...]"
named = "--metric"
load dir . "args.gp"

# What is drawn, and what the loss is in.
all = ""
do for [k = 1:conditions] { all = all . files[k] }
text = system("LC_ALL=C awk -f " . quoted(place(dir . "metric.awk")) . all)
if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }
unit = before(behind(text, "\n") . "\n", "\n")
metric = value_of[1] eq "" ? before(text, "\n") : value_of[1]
array name[100]
metrics = 0; rest = metric . ","
while (strlen(rest) > 0) { metrics = metrics + 1; name[metrics] = before(rest, ","); rest = behind(rest, ",") }

# Every condition's blocks into $D, without their first lines, whose text may have quotes, which gnuplot
# reads in data; title[], about[] (the rest of the first line) and blocks: one per condition and task.
array title[1000]
array about[1000]
blocks = 0
set print $D
do for [k = 1:conditions] {
    text = system("LC_ALL=C awk -v metric=" . quoted(metric) \
        . " -f " . quoted(place(dir . "student.awk")) . " -f " . quoted(place(dir . "path.awk")) . files[k])
    if (GPVAL_SYSTEM_ERRNO != 0 || strlen(text) == 0) { exit status 1 }
    first = blocks + 1
    while (strlen(text) > 0) {
        block = before(text . "\n\n\n", "\n\n\n")
        text = behind(text, "\n\n\n")
        if (blocks > 0) { print ""; print "" }
        print behind(block, "\n")
        blocks = blocks + 1
        line = before(block, "\n")
        title[blocks] = before(line[2:*], "\"\t"); about[blocks] = behind(line, "\"\t")
    }
    if (blocks == first) {
        title[blocks] = label[k]
    } else { if (conditions > 1 || labelled[k]) {
        do for [b = first:blocks] { title[b] = label[k] . ", " . title[b] }
    } }
}
unset print

# What the first line of block b says, of panel p.
points(b) = int(word(about[b], 1))
runs(b) = int(word(about[b], 2))
said(b, p, field) = word(about[b], 2 + 13 * (p - 1) + field)
shows(b, p) = said(b, p, 1) eq "1"
least(p) = worse(p) > 0 ? .1 : .05 # of the y axis
seen(length, p) = length > .004 * axis[p] # else no line or band of it is in the picture
banded(b, p) = seen(real(said(b, p, 2)), p)
chord(b, p) = blocks <= 4 && said(b, p, 3) ne "NaN"
zone(b, p) = chord(b, p) && said(b, p, 7) ne "NaN"
simultaneous(b, p) = said(b, p, 10) eq "1"
bar(b, p) = zone(b, p) && said(b, p, 11) ne "NaN" && seen(real(said(b, p, 13)) - real(said(b, p, 12)), p)
worse(p) = name[p][1:4] eq "loss" ? 1 : -1 # in which direction

array verdicts[blocks] # by each metric, and whether they are alike
array alike[blocks]
array last[blocks]
do for [b = 1:blocks] { verdicts[b] = ""; alike[b] = 1 }
array low[metrics]
array top_y[metrics]
array axis[metrics] # its length, about
chords = 0; many_chords = 0; zones = 0; bands = ""; errors = ""; bars = 0; many = 0; student = 0; epsilon = 0; confidence = 0
do for [p = 1:metrics] {
    low[p] = 1e300; top_y[p] = -1e300
    do for [b = 1:blocks] {
        if (shows(b, p)) {
            v = real(said(b, p, 5)); low[p] = v < low[p] ? v : low[p]
            v = real(said(b, p, 6)); top_y[p] = v > top_y[p] ? v : top_y[p]
        }
    }
    axis[p] = longer(top_y[p] - low[p], least(p))
    do for [b = 1:blocks] {
        many = many || runs(b) > 1
        student = student || (banded(b, p) && runs(b) > 1)
        if (simultaneous(b, p) && banded(b, p)) { bands = name[p] }
        if (!simultaneous(b, p) && banded(b, p) && runs(b) == 0) { errors = name[p] }
        chords = chords || chord(b, p)
        many_chords = many_chords || said(b, p, 3) ne "NaN"
        zones = zones || zone(b, p)
        bars = bars || bar(b, p)
        if (said(b, p, 7) ne "NaN") {
            epsilon = real(said(b, p, 7)); confidence = real(said(b, p, 8))
            v = said(b, p, 9)
            if (v ne "-") {
                alike[b] = verdicts[b] eq "" || (alike[b] && last[b] eq v)
                verdicts[b] = verdicts[b] . (verdicts[b] eq "" ? "" : " / ") . v
                last[b] = v
            }
        }
    }
}
differ = 0
array told[blocks] # behind a title
do for [b = 1:blocks] {
    told[b] = verdicts[b] eq "" ? "" : ": " . (alike[b] ? last[b] : verdicts[b])
    differ = differ || !alike[b]
}

# What is explained under the panels.
array note[9]
array note_look[9]
notes = 0
if (chords) {
    notes = notes + 1; note[notes] = "chord between the ends"
    note_look[notes] = "lines linecolor rgb '#606060' dashtype 3 linewidth 1"
}
if (blocks > 4 && many_chords) {
    notes = notes + 1; note[notes] = "chords are drawn for four lines or fewer"
    note_look[notes] = "lines linecolor rgb '#ffffff' linewidth .1"
}
if (zones) {
    notes = notes + 1; note[notes] = sprintf("within epsilon, %g, of the chord", epsilon)
    note_look[notes] = "boxes fillstyle solid 1 noborder fillcolor rgb grey"
}
both = bands ne "" && errors ne "" # bands of two meanings: whose they are is told
if (bands ne "") {
    notes = notes + 1; note[notes] = sprintf("%s%g %% band of the whole path", both ? bands . ": " : "", 100 * confidence)
    note_look[notes] = "boxes fillstyle transparent solid .18 noborder fillcolor rgb ink[ink_of(1)]"
}
if (bars) {
    notes = notes + 1; note[notes] = sprintf("%g %% interval of the height", 100 * confidence)
    note_look[notes] = "lines linecolor rgb '#000000' dashtype 1 linewidth 1.5"
}
if (many) {
    notes = notes + 1; note[notes] = "thin: single pairs; thick: mean"
    note_look[notes] = "lines linecolor rgb '#70' . ink[ink_of(1)][2:] dashtype 1 linewidth .6"
}
if (student) {
    notes = notes + 1; note[notes] = "95 % interval of the mean at each t"
    note_look[notes] = "boxes fillstyle transparent solid .18 noborder fillcolor rgb ink[ink_of(1)]"
}
if (errors ne "") {
    notes = notes + 1; note[notes] = (both ? errors . ": " : "") . "one standard error" . (both ? "" : " over examples")
    note_look[notes] = "boxes fillstyle transparent solid .18 noborder fillcolor rgb ink[ink_of(1)]"
}
if (differ) {
    order = ""
    do for [p = 1:metrics] { if (said(1, p, 9) ne "-") { order = order . (order eq "" ? "" : " / ") . name[p] } }
    notes = notes + 1; note[notes] = "verdicts: by " . order
    note_look[notes] = "lines linecolor rgb '#ffffff' linewidth .1"
}

glyph = on(14, 10)
across = mm > 0 ? fit(metrics, 230) : metrics < 3 ? metrics : 3
down = rows_of(across, metrics)
wide = mm > 0 ? paper : across == 1 ? 420. : 300. * across
array empty[metrics]
array step[metrics]
letters = 1 # of the longest tic
do for [p = 1:metrics] {
    empty[p] = low[p] > top_y[p]
    if (empty[p]) { low[p] = 0; top_y[p] = 1 }
    room = top_y[p] - low[p] < least(p) ? (least(p) - (top_y[p] - low[p])) / 2 : .05 * (top_y[p] - low[p])
    low[p] = low[p] - room; top_y[p] = top_y[p] + room
    step[p] = step_of(top_y[p] - low[p], 6)
    letters = longer(letters, tic_letters(step[p], low[p], top_y[p]))
}
# Panels stand beside each other, or below where there is no room; those with one below have no label of x.
left = longer(on(78, 0), (2.6 + .62 * letters) * glyph)
right = on(15., 8.)
panel_wide = wide / across - left - right
panel = mm == 0 ? 206 : longer(110, .6 * panel_wide)
below = on(54, 4 * glyph)
gap = 2.6 * glyph
inner = down * panel + (down - 1) * gap + below
entries = blocks > 1 || zones || labelled[1] ? blocks : 0
load dir . "layout.gp"
load dir . "style.gp"
array look[blocks]
do for [b = 1:blocks] { look[b] = sprintf("linespoints linetype %d", kind_of(b)) }
set xtics 0, .2, 1
set format x "%g"
set datafile separator "\t"
set datafile missing "NaN"
unset key
set multiplot layout down, across margins left / wide, 1 - right / wide, (foot + below) / high, top \
    spacing (left + right) / wide, gap / high
if (head ne "") { set label 1 head at screen .5, head_y center font head_font noenhanced }

# Marks stand at both ends and at four places between, as near as the points allow; how many points there are is said where they have no mark each.
points_said = points(1) < 7 ? "" : sprintf(" (%d points)", points(1))
do for [b = 2:blocks] { if (points(b) != points(1)) { points_said = "" } }
marked(k, points) = points < 7 || k == 0 || floor(k * 5 / (points - 1.)) > floor((k - 1) * 5 / (points - 1.))
grey = "#E4E4E4"
do for [p = 1:metrics] {
    y = 3 * p - 1
    set xrange [0:1]
    set yrange [low[p] : top_y[p]]
    set ytics step[p]
    set format y tics_of(step[p])
    if (p + across > metrics) { eval under_axis("'position t on the path" . points_said . "'") } else { unset label 90 }
    y_name = name[p] eq "loss" ? in_units("loss", unit, floor(panel / (.62 * glyph))) : name[p]
    eval beside_axis("y_name")
    if (p == 2) { unset label 1 }
    # What is within epsilon of the chord, bands, chords, then single runs, then means with their marks.
    if (empty[p]) {
        set label 3 "not defined" at graph .5, .5 center
        plot -1 notitle
        unset label 3
    } else {
        under = ""; ribbons = ""; lines = ""; thin = ""; curves = ""; over = ""
        do for [b = 1:blocks] {
            color = ink[ink_of(b)]
            from = sprintf("$D index %d using 1:", b - 1)
            if (chord(b, p)) {
                straight = sprintf("(1 - $1) * %s + $1 * %s", said(b, p, 3), said(b, p, 4))
                if (zone(b, p)) {
                    under = under . from . sprintf("(%s):(%s + (%g)) with filledcurves linecolor rgb grey fillstyle solid 1 noborder notitle, ", \
                        straight, straight, worse(p) * real(said(b, p, 7)))
                }
                lines = lines . from . sprintf("(%s) with lines linecolor rgb '%s' dashtype 3 linewidth 1 notitle, ", \
                    straight, blocks > 1 ? color : "#606060")
            }
            if (banded(b, p)) {
                ribbons = ribbons . from . sprintf("%d:%d with filledcurves linecolor rgb '%s' notitle, ", y + 1, y + 2, color)
            }
            do for [k = 1:runs(b)] {
                thin = thin . from . sprintf( \
                    "%d with lines linetype %d linewidth .6 linecolor rgb '#70%s' notitle, ", \
                    1 + 3 * metrics + (k - 1) * metrics + p, kind_of(b), color[2:])
            }
            if (shows(b, p)) {
                curves = curves . from . sprintf("%d with lines linetype %d notitle, ", y, kind_of(b)) \
                    . from . sprintf("(marked($0, %d) ? $%d : NaN) with points linetype %d notitle, ", points(b), y, kind_of(b))
            }
            if (bar(b, p)) {
                over = over . sprintf("'+' using (%s):(%s):(0):(%s - %s) every ::0::0 with vectors heads size graph .012, 90 " \
                    . "linecolor rgb '%s' dashtype 1 linewidth 1.5 notitle, ", \
                    said(b, p, 11), said(b, p, 12), said(b, p, 13), said(b, p, 12), blocks > 1 ? color : "#000000")
            }
        }
        eval "plot " . under . ribbons . lines . thin . curves . over . "NaN notitle"
    }
}
if (entries > 0) { load dir . "key.gp" }
load dir . "notes.gp"
unset multiplot
unset output
system(keep)
if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }
