# Forest plot of correlations: one line for each cell, and one for all of them, grouped by task and set of histories, from the top.
#
# Data: correlations.csv (panel, set, cell, line, episode, runs, pearson, pearson_low, pearson_high, and the same of spearman and slope,
# checkpoints). Variables: see the head of figure.gp.

COLUMNS = 3
ROWS = 1
longest = 0
do for [i = 1:LINE_COUNT] { if (strlen(LABEL[i]) > longest) { longest = strlen(LABEL[i]) } }
GRID_LEFT = 0.24 + 0.062 * longest
GRID_TOP = 0.36
GRID_BELOW = 0.56
GRID_BETWEEN = 0.32
GRID_RIGHT = 0.20
height(i) = LINE_COUNT + 1 - i
at(i, value) = column("line") == i ? value : NaN
array AXIS[3] = ["pearson", "spearman", "slope"]
array NAME[3] = ["Pearson's r", "Spearman's ρ", "slope within runs"]
array UNIT[3] = ["correlation between runs", "correlation between runs", "returns per nat"]
known(k, i) = k == 1 ? PEARSON[i] == PEARSON[i] : k == 2 ? SPEARMAN[i] == SPEARMAN[i] : SLOPE[i] == SLOPE[i]

set style textbox opaque noborder margins 0.6, 0.2 fillcolor rgb "white"    # so that the line at zero does not cross them
set multiplot
set yrange [0.3:LINE_COUNT + 0.7]
set border 1 linewidth 0.7 linecolor rgb "#404040"
set mxtics 2
unset ytics
do for [k = 1:3] {
    set lmargin at screen grid_left(k)
    set rmargin at screen grid_right(k)
    set tmargin at screen grid_top(k)
    set bmargin at screen grid_bottom(k)
    if (k < 3) { set xrange [-1.02:1.02]; set xtics 0.5 } else { set xrange [SLOPE_MIN:SLOPE_MAX]; set xtics SLOPE_TICK }
    set xlabel UNIT[k] offset 0, 0.4
    set label 1 title_above(letter(k), NAME[k]) at graph 0, 1.0 offset 0, 0.7
    do for [i = 1:LINE_COUNT] {
        if (k == 1) { set label 100 + i LABEL[i] at graph 0, first height(i) right offset -0.8, 0 noenhanced font ",7.5" }
        if (k == 1) { set label 500 + i HEADING[i] at screen 0.08 / WIDTH, first height(i) left noenhanced boxed front font ":Bold,7.5" }
        if (HEADING[i] eq "" && !known(k, i)) { set label 900 + i "undefined" at graph 0.5, first height(i) center noenhanced boxed front font ",6.5" textcolor rgb "#7F7F7F" }
    }
    set arrow 1 from 0, graph 0 to 0, graph 1 nohead dashtype (7, 5) linewidth 0.7 linecolor rgb "black" back
    plot NaN notitle, \
         for [i = 1:LINE_COUNT] CORRELATIONS using (at(i, column(AXIS[k]."_low"))):(height(i)):(column(AXIS[k]."_high") - column(AXIS[k]."_low")):(0) \
             with vectors nohead linewidth 1.6 dashtype 1 linecolor rgb LINE_COLOUR[i], \
         for [i = 1:LINE_COUNT] CORRELATIONS using (at(i, column(AXIS[k]))):(height(i)) \
             with points pointtype MARKER[i] pointsize 0.6 * POINT linewidth 1.2 linecolor rgb LINE_COLOUR[i]
    unset label
    unset arrow 1
}
unset border
unset tics
unset xlabel
set label 9 CAPTION at screen 0.07 / WIDTH, CAPTION_Y left font ",7" noenhanced textcolor rgb INK
set tmargin at screen 0.02
set bmargin at screen 0.01
plot [0:1] [0:1] NaN notitle
unset label 9
unset multiplot
