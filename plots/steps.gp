# What minima are like that are tuned from the steps of a pre-training: the height of the barrier between
# pairs of them, their accuracy, their distance, and how much of a line between two tasks keeps both.
#
#   gnuplot -c plots/steps.gp steps.svg q2.tsv differences.tsv
#
# The argument that ends in .svg or .png is the output; --title TEXT. The tables are those of make q2;
# without the second, or without widths in it, the last panel is left out. Marks are means over pairs,
# over ends and over lines between the tasks, whiskers their 95 % intervals (the heights' are those of the
# rows `all`, cut off at 0; distances have none); dotted lines are the most frequent label of each task. Steps are on a logarithmic
# axis, 0 before its beginning. What is drawn replaces the output when it is whole. Needs the files beside it.

folder(s) = strlen(s) == 0 || s[strlen(s):*] eq "/" ? s : folder(s[1:strlen(s) - 1])
dir = folder(ARG0)
array given[100]
givens = ARGC
do for [k = 1:givens] { given[k] = k < 10 ? value(sprintf("ARG%d", k)) : ARGV[k] }
usage = "usage: gnuplot -c steps.gp OUT.svg|OUT.png [--title TEXT] q2.tsv [differences.tsv]"
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
wide = 320 * panels; inner = 300; glyph = 13
entries = tasks > 1 ? tasks : 0
load dir . "layout.gp"
load dir . "style.gp"
array look[blocks]
do for [k = 1:blocks] { look[k] = sprintf("linespoints linetype %d", (k - 1) % 8 + 1) }
set datafile separator "\t"
set datafile missing "NaN"

# The range of x, and a tic a step that is not too near to the last one.
low_x = 1e300; top_x = -1e300; ticks = ""; last = -1e300; blank = 0
do for [i = 1:|$D|] {
    blank = strlen($D[i]) == 0 ? blank + 1 : blank
    if (words($D[i]) > 2) {
        x = real(word($D[i], 1)); low_x = x < low_x ? x : low_x; top_x = x > top_x ? x : top_x
    }
}
near = (top_x - low_x) / 5
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
set xlabel "step of the pre-training" offset 0, lift
unset key
set multiplot layout 1, panels margins .24 / panels, .985, 60. / high, top spacing .24 / panels
if (head ne "") { set label 1 head at screen .5, head_y center font head_font noenhanced }

do for [panel = 1:panels] {
    first = panel == 4 ? both : 1
    final = panel == 4 ? both : tasks
    y = panel == 2 ? 6 : panel == 3 ? 10 : 3
    last_y = panel == 2 ? y + 3 : panel == 3 ? y : y + 2
    least = panel == 1 ? .05 : .1 # of the y axis
    low = 1e300; top_y = -1e300; blank = 0
    do for [i = 1:|$D|] {
        blank = strlen($D[i]) == 0 ? blank + 1 : blank
        b = 1 + blank / 2
        if (words($D[i]) > 2 && b >= first && b <= final) {
            do for [k = y:last_y] {
                v = word($D[i], k)
                if (v ne "NaN") { low = real(v) < low ? real(v) : low; top_y = real(v) > top_y ? real(v) : top_y }
            }
        }
    }
    if (low > top_y) { low = 0; top_y = 1 }
    grown = top_y - low < least ? (least - (top_y - low)) / 2 : .06 * (top_y - low)
    set yrange [low - grown : top_y + grown]
    step = step_of(top_y - low + 2 * grown, 6)
    set ytics step
    set format y tics_of(step)
    set ylabel panel == 1 ? "height of the barrier (nats)" : panel == 2 ? "accuracy of the ends" : \
        panel == 3 ? "distance of the ends (L2)" : "width that keeps both tasks" offset 1, 0 # further out gnuplot leaves it away where numbers are long
    if (panel == 2) { unset label 1 }
    command = ""
    do for [b = first:final] {
        color = (b - 1) % 8 + 1
        from = sprintf("$D index %d using 1:", b - 1)
        if (panel != 3) {
            command = command . from . sprintf("%d:%d:%d with yerrorbars linetype %d dashtype 1 linewidth 1.2 pointtype 0 notitle, ", y, y + 1, y + 2, color)
        }
        command = command . from . sprintf("%d with %s notitle, ", y, look[b])
        if (panel == 2) {
            command = command . from . sprintf("9 with lines linecolor rgb ink[%d] dashtype 3 linewidth 1 notitle, ", color)
        }
    }
    eval "plot " . command . "NaN notitle"
}
if (entries > 0) { load dir . "key.gp" }
unset multiplot
unset output
system(keep)
if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }
