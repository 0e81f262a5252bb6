# Shared by the plots: output by the ending of its name, colours of Okabe and Ito, quiet axes.
# Before it: args.gp, wide, high (pixels), glyph (size of the font). After it: keep, the command that
# ends with the output in its place. A pixel is 1/96 inch on paper, where PNG has 300 dots an inch, and
# two dots on a screen.
face = sprintf("Helvetica,%g", glyph)
stroke = on(1.2, .8)
lift = 0
dots = on(2, 300. / 96)
if (kind eq ".svg") {
    lift = .6 # of what stands below an x axis, which this terminal sets lower
    set terminal svg size wide, high dynamic enhanced font face background "white" linewidth stroke
} else { if (kind eq ".pdf") {
    points = on(.75 * wide, floor(mm / 25.4 * 72 + .5)) # it cuts off parts of a point
    set terminal pdfcairo size (points + .01) / 72., (points * high / wide + .01) / 72. enhanced font face fontscale .5625 linewidth 1.5 * stroke \
        pointscale .8 * on(1.4, 1) background "white"
} else {
    set terminal pngcairo size int(dots * wide), int(dots * high) enhanced font face fontscale .75 * dots \
        linewidth dots * stroke pointscale dots * on(1.4, 1) background "white"
} }
keep = sprintf("sh %s %s %s %g %d %d", quoted(place(dir . "finish.sh")), quoted(part), quoted(place(out)), mm, wide, high)
set output part
set encoding utf8
array ink[8] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F7F7F"]
array mark[8] = [7, 5, 9, 13, 11, 6, 4, 8]
mark_of(k) = k > 8 ? (k + 2) % 8 + 1 : k
# 16 kinds of lines: from the ninth on the colours come again with other dashes and marks.
do for [k = 1:16] {
    set linetype k linecolor rgb ink[(k - 1) % 8 + 1] pointtype mark[mark_of(k)] linewidth 2 pointsize .7
}
set linetype 1 dashtype 1
set linetype 2 dashtype (9, 3)
set linetype 3 dashtype (3, 2)
set linetype 4 dashtype (9, 2, 2, 2)
set linetype 5 dashtype (5, 2)
set linetype 6 dashtype (9, 2, 2, 2, 2, 2)
set linetype 7 dashtype (2, 2)
set linetype 8 dashtype (14, 4)
set linetype 9 dashtype (9, 3)
set linetype 10 dashtype 1
set linetype 11 dashtype (9, 2, 2, 2)
set linetype 12 dashtype (3, 2)
set linetype 13 dashtype (14, 4)
set linetype 14 dashtype (2, 2)
set linetype 15 dashtype 1
set linetype 16 dashtype (5, 2)
kind_of(k) = (k - 1) % 16 + 1
ink_of(k) = (k - 1) % 8 + 1
set border 3 linecolor rgb "#404040" linewidth 1
set tics nomirror out scale .6 textcolor rgb "#202020"
set xtics offset 0, .7 * lift
set grid ytics linecolor rgb "#D4D4D4" linewidth .8 dashtype 1
set style fill transparent solid .18 noborder
# The top of a range of colours, so that noise on what is flat does not look like a barrier.
at_least(low, top, range) = top - low < range ? low + range : top
# Values as colours: light where they are low, printable in grey; grey itself where there is none.
set palette defined (0 "#F4F9FD", .25 "#B5D6EC", .5 "#6AAFD9", .75 "#0072B2", 1 "#004670")
none = "#C8C8C8"
