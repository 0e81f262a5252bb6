# The ledger of a path: what of a task is kept, forgotten, learned and never known from one point to the next, and how
# sure the model had been in training of what is forgotten and of what is kept.
#
#   gnuplot -c plots/ledger.gp ledger.svg a.tsv b.tsv c.tsv
#
# The argument that ends in .svg, .png or .pdf is the output; --title TEXT. Every other one is a table of mc-knowledge
# over a path, of one task; several are pairs of ends, of which the means are drawn, confidences with their
# intervals over pairs (95 %, from three pairs on). Without training dynamics in the tables the right panel is
# left out. Areas are shares of the examples; where most are kept, the axis begins below them and says
# where. What is drawn replaces the output when it is whole. Needs the files beside it.

folder(s) = strlen(s) == 0 || s[strlen(s):*] eq "/" ? s : folder(s[1:strlen(s) - 1])
dir = folder(ARG0)
array given[100]
givens = ARGC
do for [k = 1:givens] { given[k] = value(sprintf("ARG%d", k)) }
usage = "usage: gnuplot -c ledger.gp OUT.svg|OUT.png|OUT.pdf [--width 85mm] [--title TEXT] ledger.tsv..."
named = ""
load dir . "args.gp"

all = ""
do for [k = 1:conditions] { all = all . files[k] }
text = system("LC_ALL=C awk -f " . quoted(place(dir . "student.awk")) . " -f " . quoted(place(dir . "ledger.awk")) . all)
if (GPVAL_SYSTEM_ERRNO != 0 || strlen(text) == 0) { exit status 1 }
set print $D
print text
unset print
paths = int(word($D[|$D|], 1)); confident = int(word($D[|$D|], 2))

first_t = real(word($D[1], 1))
# Whether a column of the confidences has a number.
has(c) = sum [i = 1:|$D|] (words($D[i]) == 7 && word($D[i], c) ne "NaN")
# The axis of shares begins under the least that is kept, where that is much.
least = 1
do for [i = 1:|$D|] {
    if (words($D[i]) == 0) { break }
    last_t = real(word($D[i], 2))
    least = real(word($D[i], 3)) < least ? real(word($D[i], 3)) : least
}
least = least > .5 ? floor(10 * (least - .02)) / 10. : 0

array title[4]
title[1] = "kept"; title[2] = "forgotten"; title[3] = "learned"; title[4] = "never known"
entries = 4
panels = confident ? 2 : 1
glyph = on(13, 10)
across = fit(panels, 230)
down = rows_of(across, panels)
wide = on(440. * panels, paper)
left = on(84., 56.); right = on(14., 8.)
panel_wide = wide / across - left - right
panel = on(260, longer(110, .6 * panel_wide))
below = on(60, 4.2 * glyph)
gap = 2.6 * glyph
inner = down * panel + (down - 1) * gap + below
notes = confident ? 2 : 0
array note[2]
array note_look[2]
note[1] = "of those that are kept"; note[2] = "of those that are forgotten"
do for [k = 1:2] { note_look[k] = sprintf("linespoints linecolor rgb ink[%d] pointtype %d dashtype %s", k, k == 1 ? 7 : 5, k == 1 ? "1" : "(9, 3)") }
load dir . "layout.gp"
load dir . "style.gp"
# Areas lie on each other, the last one whole, so their colours cover what is behind; no two are one grey.
array tone[4]
tone[1] = "#D3E7F3"; tone[2] = "#CC6410"; tone[3] = "#5FC0A5"; tone[4] = "#555555"
array look[4]
do for [k = 1:4] { look[k] = sprintf("boxes linecolor rgb \"%s\" fillstyle solid 1 noborder", tone[k]) }
set datafile separator "\t"
set datafile missing "NaN"
unset key
set multiplot layout down, across margins left / wide, 1 - right / wide, (foot + below) / high, top \
    spacing (left + right) / wide, gap / high
if (head ne "") { set label 1 head at screen .5, head_y center font head_font noenhanced }

set xrange [first_t : last_t]
set yrange [least : 1]
y_name = "share of the examples" . (least > 0 ? sprintf(", from %g", least) : "")
eval beside_axis("y_name")
if (down == 1) { eval under_axis("'position t on the path'") }
set style fill solid noborder
plot for [k = 4:1:-1] $D index 0 using (($1 + $2) / 2):(1):1:2:(least):(sum [j = 3:2 + k] column(j)) with boxxyerror \
    fillstyle solid 1 noborder linecolor rgb tone[k] notitle
unset label 1
if (confident) {
    set yrange [*:*]
    set xrange [first_t : last_t]
    eval beside_axis("'mean confidence in training'")
    eval under_axis("'position t on the path'")
    command = "plot "
    do for [k = 1:2] {
        of = sprintf("linecolor rgb ink[%d] notitle, ", 3 - k)
        if (has(3 * k)) { command = command . sprintf("$D index 1 using 1:%d:%d:%d with yerrorbars dashtype 1 linewidth 1.2 pointtype 0 ", 3 * k - 1, 3 * k, 3 * k + 1) . of }
        if (has(3 * k - 1)) { command = command . sprintf("$D index 1 using 1:%d with linespoints linetype %d ", 3 * k - 1, 3 - k) . of }
    }
    eval command[1:strlen(command) - 2]
}
load dir . "key.gp"
load dir . "notes.gp"
unset multiplot
unset output
system(keep)
if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }
