# Irrelevant state variables: a column for each combination of what varies, and each cell; on top the return, below it what hidden states tell
# about the relevant (blue circles) and about the irrelevant variables' belief (vermillion squares). Dashes tell estimators apart.
#
# Data: curves.csv (panel, series, cell, episode, seeds, mean, low, high): an empty line ends each curve. Variables: see the head of figure.gp.

in(c, series, value) = (strcol("panel") eq PANEL[c] && strcol("cell") eq CELL[c] && strcol("series") eq series) ? value : NaN
array PART_COLOUR[2] = ["#0072B2", "#D55E00"]
array PART_POINT[2] = [7, 4]

GRID_LEFT = 0.52
GRID_TOP = 0.92
GRID_ABOVE = 0.30
if (COLUMNS == 1) { GRID_TOP = 1.10 }
set multiplot
set xrange [0:X_MAX]
set xtics X_TICK
set mxtics 2
do for [k = 1:COLUMNS * ROWS] {
    c = grid_column(k) + 1
    r = grid_row(k)
    set lmargin at screen grid_left(k)
    set rmargin at screen grid_right(k)
    set tmargin at screen grid_top(k)
    set bmargin at screen grid_bottom(k)
    if (r == ROWS - 1) { set format x "%g"; set xlabel "training episodes" offset 0, 0.5 } else { set format x ""; unset xlabel }
    if (c == 1) { set format y "%g"; set label 5 (r == 0 ? "discounted return" : "information (nats)") at screen 0.13 / WIDTH, graph 0.5 center rotate } else { set format y "" }
    if (r == 0) {
        set yrange [RETURN_MIN:RETURN_MAX]
        set ytics RETURN_TICK
        set label 1 title_above(letter(k), "return") at graph 0, 1.0 offset 0, 0.6
        set label 2 COLUMN_TITLE[c] at graph 0.5, 1.0 center offset 0, 1.7 font ":Bold"
        if (OPTIMUM[c] == OPTIMUM[c]) { set label 3 OPTIMUM_NAME at first 0, OPTIMUM[c] left offset 0.5, 0.5 font ",7" textcolor rgb INK }
        if (RANDOM[c] == RANDOM[c] && RANDOM[c] > RETURN_MIN) { set label 4 "random actions" at first X_MAX, RANDOM[c] right offset 0, 0.5 font ",7" textcolor rgb INK }
        plot CURVES using "episode":(in(c, RETURN, column("low"))):(in(c, RETURN, column("high"))) with filledcurves linecolor rgb "black", \
             OPTIMUM[c] with lines linewidth 1 dashtype (12, 6) linecolor rgb "black", \
             RANDOM[c] with lines linewidth 1 dashtype (2, 5) linecolor rgb "black", \
             CURVES using "episode":(in(c, RETURN, column("mean"))) \
                 with linespoints linewidth 1.4 dashtype 1 pointtype 13 pointsize 0.42 * POINT pointinterval MARKS linecolor rgb "black"
    } else {
        set yrange [MI_MIN:MI_MAX]
        set ytics MI_TICK
        set label 1 title_above(letter(k), ROW_TITLE[r]) at graph 0, 1.0 offset 0, 0.6
        on_bank = r == BANK_ROW ? 0 : NaN
        plot for [i = 1:LINE_COUNT] CURVES using "episode":(LINE_ROW[i] == r ? in(c, SERIES[i], column("low")) : NaN):(in(c, SERIES[i], column("high"))) \
                 with filledcurves linecolor rgb PART_COLOUR[PART[i]], \
             CONTROL_RELEVANT[c] + on_bank with lines linewidth 0.9 dashtype (2, 5) linecolor rgb PART_COLOUR[1], \
             CONTROL_IRRELEVANT[c] + on_bank with lines linewidth 0.9 dashtype (2, 5) linecolor rgb PART_COLOUR[2], \
             for [i = 1:LINE_COUNT] CURVES using "episode":(LINE_ROW[i] == r ? in(c, SERIES[i], column("mean")) : NaN) \
                 with linespoints linewidth 1.4 dashtype DASH[i] pointtype PART_POINT[PART[i]] pointsize 0.42 * POINT linecolor rgb PART_COLOUR[PART[i]]
    }
    unset label
}

# ---- legend in a strip of its own, and the caption at the foot
unset border
unset tics
unset xlabel
unset ylabel
set lmargin at screen 0.1 / WIDTH
set rmargin at screen 1.0 - 0.1 / WIDTH
set bmargin at screen 1.0 - (COLUMNS == 1 ? 0.62 : 0.42) / HEIGHT
set tmargin at screen 1.0 - 0.02 / HEIGHT
set key at graph 0.5, 0.5 center center horizontal maxrows (COLUMNS == 1 ? 4 : 2) Left reverse samplen 2.4 width -1 noenhanced font ",7.5"
set yrange [0:1]
set label 9 CAPTION at screen 0.07 / WIDTH, CAPTION_Y left font ",7" noenhanced textcolor rgb INK
plot NaN notitle, \
     keyentry with linespoints linewidth 1.4 dashtype 1 pointtype PART_POINT[1] pointsize 0.55 * POINT linecolor rgb PART_COLOUR[1] title "relevant variables", \
     keyentry with linespoints linewidth 1.4 dashtype 1 pointtype PART_POINT[2] pointsize 0.55 * POINT linecolor rgb PART_COLOUR[2] title "irrelevant variables", \
     for [i = 1:VARIANT_COUNT] keyentry with lines linewidth 1.4 dashtype VARIANT_DASH[i] linecolor rgb INK title VARIANT[i], \
     for [i = 1:HAS_CONTROL] keyentry with lines linewidth 0.9 dashtype (2, 5) linecolor rgb INK title "observation only"
unset label 9
unset multiplot
