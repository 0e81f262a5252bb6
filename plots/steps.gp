# What minima are like that are tuned from the steps of a pre-training: the height of the barrier between
# pairs of them, their accuracy, their distance, and how much of a line between two tasks keeps both.
#
#   gnuplot -c plots/steps.gp steps.svg q2.tsv differences.tsv
#
# The argument that ends in .svg, .png or .pdf is the output; --title TEXT. The tables are those of make q2;
# without the second, or without widths in it, the last panel is left out. Marks are means over pairs,
# over ends and over lines between the tasks, whiskers their 95 % intervals (the heights' are those of the
# rows `all`, cut off at 0; distances have none); dotted lines are the most frequent label of each task. Steps are on a logarithmic
# axis, 0 before its beginning. What is drawn replaces the output when it is whole. Needs the files beside it.

folder(s) = strlen(s) == 0 || s[strlen(s):*] eq "/" ? s : folder(s[1:strlen(s) - 1])
dir = folder(ARG0)
array given[100]
givens = ARGC
do for [k = 1:givens] { given[k] = value(sprintf("ARG%d", k)) }
usage = "usage: gnuplot -c steps.gp OUT.svg|OUT.png|OUT.pdf [--width 85mm] [--title TEXT] q2.tsv [differences.tsv]"
named = ""
load dir . "args.gp"

all = ""
do for [k = 1:conditions] { all = all . files[k] }
text = system("LC_ALL=C awk -f " . quoted(place(dir . "steps.awk")) . all)
if (GPVAL_SYSTEM_ERRNO != 0 || strlen(text) == 0) { exit status 1 }
array title[100]
blocks = 0; both = 0
set print $D
while (strlen(text) > 0) {
    block = before(text . "\n\n\n", "\n\n\n")
    text = behind(text, "\n\n\n")
    if (blocks > 0) { print ""; print "" }
    print behind(block, "\n")
    blocks = blocks + 1; title[blocks] = before(block[2:*], "\"\n")
    both = words(word(behind(block, "\n"), 1)) > 0 && title[blocks] eq "both tasks" ? blocks : 0
}
unset print
tasks = both > 0 ? blocks - 1 : blocks

panels = both > 0 ? 4 : 3
glyph = on(13, 10)
across = fit(panels, 300)
down = rows_of(across, panels)
wide = on(320. * panels, paper)
left = on(77., 56.); right = on(5., 8.)
panel_wide = wide / across - left - right
panel = on(240, longer(160, .6 * panel_wide))
below = on(60, 4.2 * glyph)
gap = 2.6 * glyph
inner = down * panel + (down - 1) * gap + below
entries = tasks > 1 ? tasks : 0
notes = both > 0 ? 4 : 2
array note[4] = ["95 % interval", "accuracy of the most frequent label", "width: share of a line between tasks", "below 0: a gap that keeps neither"]
array note_look[4]
note_look[1] = "lines linecolor rgb '#000000' dashtype 1 linewidth 1.2"
note_look[2] = "lines linecolor rgb '#000000' dashtype 3 linewidth 1"
note_look[3] = "lines linecolor rgb '#ffffff' linewidth .1"; note_look[4] = note_look[3]
load dir . "layout.gp"
load dir . "style.gp"
array look[blocks]
array filled[blocks]
array barred[blocks]
array chance[blocks]
do for [k = 1:blocks] { look[k] = sprintf("linespoints linetype %d", kind_of(k)) }
set datafile separator "\t"
set datafile missing "NaN"

# The range of x, and a tic a step that is not too near to the last one.
counted = 0 # an accuracy: the loss is in nats
low_x = 1e300; top_x = -1e300; ticks = ""; last = -1e300; blank = 0
do for [i = 1:|$D|] {
    blank = strlen($D[i]) == 0 ? blank + 1 : blank
    if (words($D[i]) > 2) {
        counted = counted || (words($D[i]) > 6 && word($D[i], 6) ne "NaN")
        x = real(word($D[i], 1)); low_x = x < low_x ? x : low_x; top_x = x > top_x ? x : top_x
    }
}
near = (top_x - low_x) / (panel_wide < 220 ? 3.5 : 5)
do for [i = 1:|$D|] {
    if (words($D[i]) == 0) { break }
    x = real(word($D[i], 1)); s = word($D[i], 2)
    if (x - last >= near) {
        text = strlen(s) > 3 && s[strlen(s) - 2:*] eq "000" ? s[1:strlen(s) - 3] . "k" : s
        ticks = ticks . sprintf("%s\"%s\" %g", ticks eq "" ? "" : ", ", text, x)
        last = x
    }
}
room = (top_x - low_x) * .05 + 1e-6
set xrange [low_x - room : top_x + room]
eval "set xtics (" . ticks . ")"
unset key
set multiplot layout down, across margins left / wide, 1 - right / wide, (foot + below) / high, top \
    spacing (left + right) / wide, gap / high
if (head ne "") { set label 1 head at screen .5, head_y center font head_font noenhanced }

do for [p = 1:panels] {
    first = p == 4 ? both : 1
    final = p == 4 ? both : tasks
    y = p == 2 ? 6 : p == 3 ? 10 : 3
    last_y = p == 2 ? y + 3 : p == 3 ? y : y + 2
    least = p == 1 ? .05 : .1 # of the y axis
    low = 1e300; top_y = -1e300; blank = 0
    do for [b = first:final] { filled[b] = 0; barred[b] = 0; chance[b] = 0 }
    do for [i = 1:|$D|] {
        blank = strlen($D[i]) == 0 ? blank + 1 : blank
        b = 1 + blank / 2
        if (words($D[i]) > 2 && b >= first && b <= final) {
            do for [k = y:last_y] {
                v = word($D[i], k)
                if (v ne "NaN") {
                    if (k == y) { filled[b] = 1 }
                    if (k == y + 1) { barred[b] = 1 }
                    if (k == 9) { chance[b] = 1 }
                    low = real(v) < low ? real(v) : low; top_y = real(v) > top_y ? real(v) : top_y
                }
            }
        }
    }
    empty = low > top_y
    if (low > top_y) { low = 0; top_y = 1 }
    if (p == 1) { low = low > 0 ? 0. : low; top_y = at_least(low, top_y, least) } # no height is below 0
    grown = top_y - low < least ? (least - (top_y - low)) / 2 : .06 * (top_y - low)
    set yrange [low - grown : top_y + grown]
    step = step_of(top_y - low + 2 * grown, 6)
    set ytics autofreq
    if (p == 1) { set ytics 0, step } else { set ytics step }
    set format y tics_of(step)
    y_name = p == 1 ? "height of the barrier" . (counted ? " (nats)" : "") : p == 2 ? "accuracy of the ends" : \
        p == 3 ? "distance of the ends (L2)" : "width that keeps both tasks"
    eval beside_axis("y_name")
    if (p + across > panels) { eval under_axis("'step of the pre-training'") } else { unset label 90 }
    if (p == 2) { unset label 1 }
    command = ""
    if (empty) { set label 3 "not known" at graph .5, .5 center }
    do for [b = first:final] {
        color = ink_of(b)
        from = sprintf("$D index %d using 1:", b - 1)
        if (p != 3 && barred[b]) {
            command = command . from . sprintf("%d:%d:%d with yerrorbars linetype %d dashtype 1 linewidth 1.2 pointtype 0 notitle, ", y, y + 1, y + 2, color)
        }
        if (filled[b]) { command = command . from . sprintf("%d with %s notitle, ", y, look[b]) }
        if (p == 2 && chance[b]) {
            command = command . from . sprintf("9 with lines linecolor rgb ink[%d] dashtype 3 linewidth 1 notitle, ", color)
        }
    }
    eval "plot " . command . "1e30 notitle"
    unset label 3
}
if (entries > 0) { load dir . "key.gp" }
load dir . "notes.gp"
unset multiplot
unset output
system(keep)
if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }
