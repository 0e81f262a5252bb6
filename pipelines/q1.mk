# Question 1: what do hyper-parameters, tuning method and data do to the path between two minima? The experiments of Qin et al.
# 2022, section 4, on any model and any labelled text.
#
#   make q1 MODEL=dir TRAIN=train.tsv DEV=dev.tsv TEST=test.tsv OUT=out/name
#
# A condition is a way to train an end. Of each, an end is trained for every seed in PAIRS (all six pairs of four seeds), and each pair is
# joined by a line of Q1_POINTS points, scored on DEV. What the ends of a pair differ in, by experiment (ONLY='order init' chooses some):
#
#   order       the order of the data, and dropout                                        (E1)
#   init        the seed of what is new: the head, an adapter; for full tuning also Gaussian noise on the pre-trained weights  (E2)
#   scale       as init, of adapters whose first weights are spread more or less          (E3)
#   steps       as order, trained longer                                                  (E4)
#   methods     as order, each tuning method; and pairs across methods, folded into full weights  (E5)
#   curves      a trained Bezier curve of one bend for every pair of those above and of `halves` that the line of what is stored does
#               not connect                                                               (E6)
#   halves      the half of the training set that they have seen                          (E7)
#   layers      the pairs of `order`: one layer moved at a time, growing sets of layers, and one learned weight for every layer, kind
#               of tensor and tensor                                                      (E13)
#   rates       as order, for each learning rate and batch size                           (E15)
#
# TEST is scored at the ends and where DEV's loss is highest. Curves and mixtures are trained on seven eighths of TRAIN and chosen on the
# rest: DEV and TEST choose nothing. Distances of all pairs (E12) come with the lines. Ends in OUT/q1/: barrier.tsv, all rows of
# mc-barrier with their condition; ends.tsv; distance.tsv; geometry.tsv, by layer and kind; mixtures.tsv; q1.tsv, a row a condition;
# differences.tsv, of heights between the conditions of an experiment; over.tsv, of distances, lengths and accuracies; figures path-*.svg and
# groups-*.svg; on the terminal a sentence a condition, and one a difference that is significant. COST=1 makes none of it, and tells
# what is missing of it and how long that would take here.

TEST ?=
COST ?=
Q1_EXPERIMENTS := order init scale steps methods curves halves layers rates
Q1_POINTS := 26
Q1_LAYER_POINTS := 11
Q1_RECIPE := --epochs 1
Q1_LONG := --epochs 3
Q1_CURVE := --epochs 1 --dev-every 50
Q1_MIX := --epochs 1 --lr .05 --dev-every 50
Q1_MIX_BY := layer kind tensor
Q1_BATCH := 32
Q1_METHODS := adapter lora prefix bitfit
Q1_RATE_full := 1e-4
Q1_RATE_adapter := 3e-3
Q1_RATE_lora := 3e-3
Q1_RATE_prefix := 1e-2
Q1_RATE_bitfit := 3e-3
Q1_OPTIONS_full :=
Q1_OPTIONS_adapter :=
Q1_OPTIONS_lora :=
Q1_OPTIONS_prefix :=
Q1_OPTIONS_bitfit :=
Q1_NOISE := .002
Q1_SCALES := .02 .08
Q1_RATES := 3e-5 1e-4
Q1_BATCHES := 8 32

.PHONY: q1 run-q1 run-q1-curves
q1: programs run-q1

ifneq ($(call asked,q1 run-q1 run-q1-curves,OUT),)
$(call one_line,$(filter-out %_%%,$(VARIABLES_q1)))
$(call needed,MODEL TRAIN DEV,make q1 needs MODEL=dir TRAIN=file DEV=file)
# ONLY and PAIRS are of other goals too, with defaults of their own.
q1_given = $(filter command,$(firstword $(origin $(1))))
Q1_ONLY := $(if $(call q1_given,ONLY),$(ONLY),$(Q1_EXPERIMENTS))
Q1_PAIRS := $(if $(call q1_given,PAIRS),$(PAIRS),1-2 1-3 1-4 2-3 2-4 3-4)
Q1_SEEDS := $(sort $(subst -, ,$(Q1_PAIRS)))
$(foreach x,$(Q1_ONLY),$(if $(filter $(Q1_EXPERIMENTS),$(x)),,$(error ONLY=$(ONLY): $(x) is none of $(Q1_EXPERIMENTS))))
$(if $(filter-out curves,$(Q1_ONLY)),,$(error ONLY=$(ONLY) names no experiment with lines: it is some of $(Q1_EXPERIMENTS); curves are of \
  the lines of the others))
$(call pairs,PAIRS)
$(if $(COST),$(call one_of,COST,0 1))
$(foreach m,$(Q1_METHODS),$(if $(filter adapter lora prefix bitfit,$(m)),,$(error Q1_METHODS=$(Q1_METHODS): $(m) is none of adapter \
  lora prefix bitfit)))
$(foreach v,Q1_POINTS Q1_LAYER_POINTS,$(call points,$(v)))
$(call words_of_shell,TOKENIZE EVAL BARRIER Q1_RECIPE Q1_LONG Q1_CURVE Q1_MIX RUN)
$(call input_file,TRAIN DEV $(if $(call raw,TEST),TEST))
$(call input_model,MODEL)
$(if $(filter dir,$(call kind_of_model,$(call raw,MODEL))),,$(error MODEL=$(call raw,MODEL): make q1 needs a Hugging Face directory))
$(call output_folder,OUT)

Q := $(patsubst %/,%,$(call raw,OUT))/q1
Q1_TOKENIZER := $(or $(call raw,TOKENIZER),$(call raw,MODEL))
q1_asks = $(filter $(1),$(Q1_ONLY))
# A text-to-text model has no head that a seed draws, and no biases.
Q1_T5 := $(shell grep -q '"model_type": *"t5"' $(call quote_now,$(call raw,MODEL))/config.json && echo 1)
Q1_TUNED := $(if $(Q1_T5),$(filter-out bitfit,$(Q1_METHODS)),$(Q1_METHODS))

$(call import,$(Q)/base.st.gz,$(call raw,MODEL))
$(call tokenize,$(Q)/train.tok.gz,$(call raw,TRAIN),$(Q1_TOKENIZER),TOKENIZE,--task train)
$(call tokenize,$(Q)/dev.tok.gz,$(call raw,DEV),$(Q1_TOKENIZER),TOKENIZE,--task dev)
$(if $(call raw,TEST),$(call tokenize,$(Q)/test.tok.gz,$(call raw,TEST),$(Q1_TOKENIZER),TOKENIZE,--task test))

# --- ends ----------------------------------------------------------------------------------------------------
# What the number of an end seeds; all else has the seed 0.
Q1_BY_order = --seed 0 --seed-order $(1) --seed-dropout $(1)
Q1_BY_init = --seed 0 --seed-init $(1)
Q1_BY_all = --seed $(1)
Q1_BY_start = --seed 0
# $(call q1_ends,CONDITION,METHOD,BY,MORE OPTIONS,RATE,BATCH,START,NEEDS): CONDITION-SEED.st.gz for every seed; RATE, BATCH and
# START may be empty. The last one of an option counts.
q1_end = $(eval Q1_TUNE_$(1)-$(9) := $(2):$(or $(6),$(Q1_BATCH)):$(patsubst half-%,half,$(filter long half-%,$(1))))$(call tune_summed,$(Q)/$(1)-$(9),$(Q)/$(or $(7),base).st.gz,$(Q)/train.tok.gz,--method $(2) $(if $(Q1_OPTIONS_$(2)),$(call options,Q1_OPTIONS_$(2)) )$(call options,Q1_RECIPE) --batch \
  $(or $(6),$(Q1_BATCH)) --lr $(or $(5),$(Q1_RATE_$(2))) $(4) $(call Q1_BY_$(3),$(9)),$(8),$(call known_options,Q1_RECIPE))
q1_ends = $(foreach s,$(Q1_SEEDS),$(call q1_end,$(1),$(2),$(3),$(4),$(5),$(6),$(subst SEED,$(s),$(7)),$(8),$(s)))

$(call q1_ends,order,full,order)
$(if $(Q1_T5),,$(call q1_ends,init,full,init))
$(foreach s,$(Q1_SEEDS),$(call rule,$(Q)/noise-start-$(s).st.gz,$(Q)/base.st.gz,$$(TOOL)/mc-init --perturb $(Q1_NOISE) \
  --seed-init $(s) -o '$$@' '$(Q)/base.st.gz'))
$(call q1_ends,noise,full,start,,,,noise-start-SEED)
$(foreach x,$(Q1_SCALES),$(call q1_ends,scale-$(x),adapter,init,--init-std $(x)))
$(call q1_ends,long,full,order,$(call options,Q1_LONG))
$(foreach m,$(Q1_TUNED),$(call q1_ends,$(m),$(m),order))
# The first and the second half of the training set, by the numbers of its examples.
q1_half = $(call rule,$(Q)/half-$(1).txt,$(Q)/train.tok.gz,$$(TOOL)/mc-info --ids '$(Q)/train.tok.gz' | awk -v half=$(1) 'END { for (i = \
  half == 1 ? 0 : int(NR / 2); i < (half == 1 ? int(NR / 2) : NR); i++) print i }' $(keep))
$(foreach h,1 2,$(call q1_half,$(h)))
$(foreach h,1 2,$(call q1_ends,half-$(h),full,all,--only '$(Q)/half-$(h).txt',,,,$(Q)/half-$(h).txt))
# The cell of the rate and the size that all other conditions have is the condition `order`.
q1_cell = $(if $(call same,$(1) $(2),$(Q1_RATE_full) $(Q1_BATCH)),order,rate-$(1)-batch-$(2))
$(foreach r,$(Q1_RATES),$(foreach b,$(Q1_BATCHES),$(if $(filter rate-%,$(call q1_cell,$(r),$(b))),$(call q1_ends,$(call \
  q1_cell,$(r),$(b)),full,order,,$(r),$(b)))))

# --- lines ---------------------------------------------------------------------------------------------------
# $(call q1_line,NAME,END,END,OPTIONS): what the ends are deltas of, or full models were tuned from, is the base in any case.
q1_line = $(eval Q1_FROM_$(1) := $(2))$(eval Q1_TO_$(1) := $(3))$(call connect,$(Q),$(1),$(Q)/$(2).st.gz,$(Q)/$(3).st.gz,--base \
  '$(Q)/base.st.gz' -n $(Q1_POINTS) $(4),--base '$(Q)/base.st.gz' $(call options,EVAL),dev=$(Q)/dev.tok.gz,$(call \
  known_options,EVAL),$(Q)/base.st.gz,--base '$(Q)/base.st.gz' --by layer)
# $(call q1_condition,NAME,FIRST ENDS,SECOND ENDS,PAIRS,OPTIONS,METHOD): lines NAME-PAIR and their barriers
q1_condition = $(foreach p,$(4),$(call q1_line,$(1)-$(p),$(2)-$(call first_of,$(p)),$(3)-$(call second_of,$(p)),$(5)))$(call \
  q1_barrier,$(1),$(4:%=$(1)-%))$(eval Q1_CONDITIONS += $(1))$(eval Q1_OPTIONS_OF_$(1) := $(5))$(eval Q1_LINES_$(1) := $(4:%=$(1)-%))$(foreach p,$(4),$(eval \
  Q1_METHOD_$(1)-$(p) := $(6)))
# $(call q1_barrier,NAME,PATHS): barrier-NAME.tsv
q1_barrier = $(call rule,$(Q)/barrier-$(1).tsv,$(2:%=$(Q)/path-%.tsv) $(2:%=$(Q)/each-%.tsv),$$(TOOL)/mc-barrier -q $(if $(BARRIER),$(call options,BARRIER) )$(2:%=--per-example \
  '$(Q)/each-%.tsv') -o '$$@' $(2:%='$(Q)/path-%.tsv'))
q1_pairs = $(call q1_condition,$(1),$(or $(2),$(1)),$(or $(2),$(1)),$(Q1_PAIRS),$(3),$(or $(4),full))
# $(call q1_folded,METHOD): its deltas as whole models, to meet those of another method
q1_folded = $(foreach s,$(Q1_SEEDS),$(call rule,$(Q)/$(1)-folded-$(s).st.gz,$(Q)/$(1)-$(s).st.gz $(Q)/base.st.gz,$$(TOOL)/mc-fold --base \
  '$(Q)/base.st.gz' -o '$$@' '$(Q)/$(1)-$(s).st.gz'))

Q1_CONDITIONS :=
$(if $(call q1_asks,order layers),$(call q1_pairs,order))
$(if $(call q1_asks,init),$(if $(Q1_T5),,$(call q1_pairs,init))$(call q1_pairs,noise))
$(if $(call q1_asks,init scale),$(foreach x,$(if $(call q1_asks,scale),$(Q1_SCALES),$(firstword $(Q1_SCALES))),$(call \
  q1_pairs,scale-$(x),,,adapter)))
$(if $(call q1_asks,steps),$(call q1_pairs,long))
$(if $(call q1_asks,methods),$(foreach m,$(Q1_TUNED),$(call q1_pairs,$(m),,,$(m))))
$(if $(and $(call q1_asks,methods),$(filter lora,$(Q1_TUNED))),$(call q1_pairs,lora-product,lora,--space product,lora))
Q1_FOLDED := $(if $(call q1_asks,methods),$(filter lora bitfit,$(Q1_TUNED)))
$(foreach m,$(Q1_FOLDED),$(call q1_folded,$(m)))
$(foreach m,$(Q1_FOLDED),$(call q1_condition,full+$(m),order,$(m)-folded,$(Q1_PAIRS),,full))
$(if $(word 2,$(Q1_FOLDED)),$(call q1_condition,lora+bitfit,lora-folded,bitfit-folded,$(Q1_PAIRS),,full))
$(if $(call q1_asks,halves),$(call q1_condition,halves,half-1,half-2,$(foreach s,$(Q1_SEEDS),$(s)-$(s)),,full))
$(if $(call q1_asks,rates),$(foreach r,$(Q1_RATES),$(foreach b,$(Q1_BATCHES),$(if $(filter rate-%,$(call q1_cell,$(r),$(b))),$(call \
  q1_pairs,$(call q1_cell,$(r),$(b)))))))
$(if $(Q1_CONDITIONS),,$(error ONLY=$(Q1_ONLY): no condition is left of these experiments with the values of the variables Q1_*))
Q1_LINES := $(foreach c,$(Q1_CONDITIONS),$(Q1_LINES_$(c)))

# --- one layer at a time, growing sets, mixtures (E13) --------------------------------------------------------
ifneq ($(call q1_asks,layers),)
q1_swept = $(call walk,$(Q),$(1)-$(2),$(Q)/order-$(call first_of,$(2)).st.gz,$(Q)/order-$(call second_of,$(2)).st.gz,--by layer $(3) -n \
  $(Q1_LAYER_POINTS),$(call options,EVAL),dev=$(Q)/dev.tok.gz,$(call known_options,EVAL))
$(foreach p,$(Q1_PAIRS),$(call q1_swept,layers,$(p)))
$(foreach p,$(Q1_PAIRS),$(call q1_swept,growing,$(p),--grow up))
$(foreach c,layers growing,$(call q1_barrier,$(c),$(Q1_PAIRS:%=$(c)-%)))
Q1_SWEEPS := layers growing
# A mixture: how far each group goes from one end to the other, trained; scored beside its ends.
q1_mix = $(call rule,$(Q)/mix-$(1)-$(2).st.gz,$(Q)/order-$(call first_of,$(2)).st.gz $(Q)/order-$(call second_of,$(2)).st.gz \
  $(Q)/train.tok.gz $(Q)/part.txt $(Q)/held.tok.gz,$$(RUN) $$(TOOL)/mc-curve --kind mix --by $(1) --train '$(Q)/train.tok.gz' --only \
  '$(Q)/part.txt' --dev '$(Q)/held.tok.gz' $(call options,Q1_MIX) --batch $(Q1_BATCH) --log '$(Q)/mix-$(1)-$(2).log.tsv' -o '$$@' \
  '$(Q)/order-$(call first_of,$(2)).st.gz' '$(Q)/order-$(call second_of,$(2)).st.gz',$(call known_options,Q1_MIX))
$(foreach g,$(Q1_MIX_BY),$(foreach p,$(Q1_PAIRS),$(call q1_mix,$(g),$(p))))
Q1_MIXED := $(foreach g,$(Q1_MIX_BY),$(Q1_PAIRS:%=mix-$(g)-%))
endif

# --- curves (E6) -----------------------------------------------------------------------------------------------
# Which lines are not connected is known once their barriers are: run-q1 makes these first, and then itself, for the rest.
$(call hold_out,$(Q),$(Q)/train.tok.gz,8)
Q1_CURVABLE := $(if $(call q1_asks,curves),$(filter-out lora-product rate-%,$(Q1_CONDITIONS)))
# $(call q1_unconnected,CONDITIONS): their lines that are not connected
q1_unconnected = $(shell cat /dev/null $(1:%='$(Q)/barrier-%.tsv') | awk -F '\t' \
  '$$1 == "task" { for (i = 1; i <= NF; i++) at[$$i] = i; next } $$at["path"] != "all" && $$at["verdict"] != "connected" \
  { sub(/.*\/path-/, "", $$at["path"]); sub(/\.tsv$$/, "", $$at["path"]); print $$at["path"] }')
ifneq ($(and $(Q1_CURVABLE),$(filter run-q1-curves,$(MAKECMDGOALS))),)
Q1_UNCONNECTED := $(call q1_unconnected,$(Q1_CURVABLE))
q1_curve = $(call rule,$(Q)/curve-$(1).st.gz,$(Q)/$(Q1_FROM_$(1)).st.gz $(Q)/$(Q1_TO_$(1)).st.gz $(Q)/base.st.gz $(Q)/train.tok.gz \
  $(Q)/part.txt $(Q)/held.tok.gz,$$(RUN) $$(TOOL)/mc-curve --base '$(Q)/base.st.gz' --train '$(Q)/train.tok.gz' --only '$(Q)/part.txt' \
  --dev '$(Q)/held.tok.gz' $(call options,Q1_CURVE) --batch $(Q1_BATCH) --lr $(Q1_RATE_$(Q1_METHOD_$(1))) --log \
  '$(Q)/curve-$(1).log.tsv' -o '$$@' '$(Q)/$(Q1_FROM_$(1)).st.gz' '$(Q)/$(Q1_TO_$(1)).st.gz',$(call known_options,Q1_CURVE))$(call \
  walk,$(Q),curve-$(1),$(Q)/curve-$(1).st.gz,,--base '$(Q)/base.st.gz' -n $(Q1_POINTS),--base '$(Q)/base.st.gz' $(call \
  options,EVAL),dev=$(Q)/dev.tok.gz,$(call known_options,EVAL),$(Q)/base.st.gz)
$(foreach p,$(Q1_UNCONNECTED),$(call q1_curve,$(p)))
Q1_CURVED := $(foreach c,$(Q1_CONDITIONS),$(if $(filter $(Q1_LINES_$(c)),$(Q1_UNCONNECTED)),$(c)))
$(foreach c,$(Q1_CURVED),$(call q1_barrier,curve-$(c),$(patsubst %,curve-%,$(filter $(Q1_LINES_$(c)),$(Q1_UNCONNECTED)))))
endif

# --- what comes of it ------------------------------------------------------------------------------------------
# Every end and mixture on DEV and TEST; every path on TEST where DEV's loss is highest.
Q1_SETS := dev=$(Q)/dev.tok.gz $(if $(call raw,TEST),test=$(Q)/test.tok.gz)
q1_score = $(call score,$(Q)/score-$(1).tsv,$(Q)/$(1).st.gz,$(Q1_SETS),--base '$(Q)/base.st.gz' $(call options,EVAL))
Q1_ENDS := $(sort $(foreach p,$(Q1_LINES),$(Q1_FROM_$(p)) $(Q1_TO_$(p))))
$(foreach x,$(Q1_ENDS) $(Q1_MIXED),$(call q1_score,$(x)))
# $(call q1_test,NAME,CONDITION,MODELS,OPTIONS)
q1_test = $(call rule,$(Q)/test-$(1).tsv,$(Q)/barrier-$(2).tsv $(3) $(Q)/base.st.gz $(Q)/test.tok.gz pipelines/cell.awk,t=$$$$(awk -v \
  key=path -v value='$(Q)/path-$(1).tsv' -v column=t_max -f pipelines/cell.awk '$(call here,$(Q))/barrier-$(2).tsv') && { $(call \
  pipe,$(Q)/.test-$(1).said,$$(RUN) $$(TOOL)/mc-interp -q --base '$(Q)/base.st.gz' --at "$$$$t" $(4) $(3:%='%'),$$(RUN) $$(TOOL)/mc-eval --base \
  '$(Q)/base.st.gz' $(call options,EVAL) -o '$$@' 'test=$(Q)/test.tok.gz'); })
q1_ends_of = $(Q)/$(Q1_FROM_$(1)).st.gz $(Q)/$(Q1_TO_$(1)).st.gz
Q1_PATHS := $(Q1_LINES) $(Q1_UNCONNECTED:%=curve-%)
Q1_TESTED := $(if $(call raw,TEST),$(Q1_PATHS))
ifneq ($(Q1_TESTED),)
$(foreach c,$(Q1_CONDITIONS),$(foreach p,$(Q1_LINES_$(c)),$(call q1_test,$(p),$(c),$(call q1_ends_of,$(p)),$(Q1_OPTIONS_OF_$(c)))))
$(foreach c,$(Q1_CURVED),$(foreach p,$(filter $(Q1_LINES_$(c)),$(Q1_UNCONNECTED)),$(call q1_test,curve-$(p),curve-$(c),$(Q)/curve-$(p).st.gz)))
endif

# Tables.
Q1_CELLS := awk -f pipelines/q1_cells.awk
$(call rule,$(Q)/ends.tsv,$(Q1_ENDS:%=$(Q)/score-%.tsv) $(Q)/dev.tok.gz pipelines/q1_cells.awk,majority=$$$$($$(TOOL)/mc-info --ids \
  '$(Q)/dev.tok.gz' | cut -f 1 | sort | uniq -c | awk '{ n += $$$$1; if ($$$$1 > most) most = $$$$1 } END { print most / n }') && $(Q1_CELLS) -v \
  what=ends -v majority="$$$$majority" $(Q1_ENDS:%='$(call here,$(Q))/score-%.tsv') $(keep))
q1_test_row = $(1)=$(Q1_FROM_$(1:curve-%=%))=$(Q1_TO_$(1:curve-%=%))
$(call rule,$(Q)/test.tsv,$(Q1_TESTED:%=$(Q)/test-%.tsv) $(Q1_ENDS:%=$(Q)/score-%.tsv) pipelines/q1_cells.awk,$(Q1_CELLS) -v what=test -v \
  paths='$(foreach p,$(Q1_PATHS),$(call q1_test_row,$(p)))' $(Q1_ENDS:%='$(call here,$(Q))/score-%.tsv') $(Q1_TESTED:%='$(call \
  here,$(Q))/test-%.tsv') $(keep))
$(call rule,$(Q)/mixtures.tsv,$(Q1_MIXED:%=$(Q)/score-%.tsv) $(Q1_ENDS:%=$(Q)/score-%.tsv) pipelines/q1_cells.awk,$(Q1_CELLS) -v what=mixtures \
  $(Q1_ENDS:%='$(call here,$(Q))/score-%.tsv') $(Q1_MIXED:%='$(call here,$(Q))/score-%.tsv') $(keep))
$(call distances,$(Q),$(Q1_LINES))
q1_kinds = $(call rule,$(Q)/kinds-$(1).tsv,$(call q1_ends_of,$(1)) $(Q)/base.st.gz,$$(TOOL)/mc-dist --base '$(Q)/base.st.gz' --by kind -o \
  '$$@' $(patsubst %,'%',$(call q1_ends_of,$(1))))
$(foreach p,$(Q1_LINES),$(call q1_kinds,$(p)))
Q1_DISTANCES := $(foreach p,$(Q1_LINES),$(Q)/distance-$(p).tsv $(Q)/kinds-$(p).tsv)
$(call rule,$(Q)/geometry.tsv,$(Q1_DISTANCES) pipelines/geometry.awk,awk -f pipelines/geometry.awk $(foreach f,$(Q1_DISTANCES),'$(call \
  here,$(f))') $(keep))
# $(call q1_joined,NAME,CONDITIONS): their barriers in one table
q1_joined = $(call rule,$(Q)/$(1).tsv,$(2:%=$(Q)/barrier-%.tsv) pipelines/condition.awk,{ $(foreach c,$(2),awk -v bare=1 -v condition='$(c)' -v head=$(if \
  $(filter $(c),$(firstword $(2))),1,0) -f pipelines/condition.awk '$(call here,$(Q))/barrier-$(c).tsv' &&) true; } $(keep))
$(call q1_joined,barrier,$(Q1_CONDITIONS) $(Q1_CURVED:%=curve-%))
$(if $(Q1_SWEEPS),$(call q1_joined,layers,$(Q1_SWEEPS)))
$(call rule,$(Q)/q1.tsv,$(Q)/ends.tsv $(Q)/distance.tsv $(Q)/test.tsv $(Q)/barrier.tsv pipelines/q1.awk,awk -f pipelines/q1.awk $(foreach \
  t,ends distance test barrier,'$(call here,$(Q))/$(t).tsv') $(keep))

# Differences between the conditions of an experiment, which is the family of Holm's correction: of heights, by the examples of all pairs,
# and of what else a pair has. A curve is compared with the lines of the same pairs.
Q1_COMPARED_start := $(filter order init noise scale-%,$(Q1_CONDITIONS))
Q1_COMPARED_methods := $(if $(filter $(Q1_TUNED),$(Q1_CONDITIONS)),$(filter order lora-product $(Q1_TUNED),$(Q1_CONDITIONS)))
Q1_COMPARED_across := $(filter full+% lora+%,$(Q1_CONDITIONS))
Q1_COMPARED_data := $(if $(filter halves long,$(Q1_CONDITIONS)),$(filter order halves long,$(Q1_CONDITIONS)))
Q1_COMPARED_rates := $(if $(filter rate-%,$(Q1_CONDITIONS)),$(filter order rate-%,$(Q1_CONDITIONS)))
Q1_COMPARED := $(foreach x,start methods across data rates,$(if $(Q1_COMPARED_$(x)),$(x)))
Q1_OVER := l2 cosine length accuracy
# $(call q1_operands,CONDITION,PATHS) and $(call q1_examples,CONDITION,PATHS): of all conditions of an experiment by the next two
q1_operands = $(2:%='$(1)=$(Q)/path-%.tsv') $(empty)
q1_examples = $(2:%=--per-example '$(Q)/each-%.tsv') $(empty)
q1_lines_compared = $(foreach c,$(Q1_COMPARED_$(1)),$(call $(2),$(c),$(Q1_LINES_$(c))))
q1_curves_compared = $(foreach c,$(Q1_CURVED),$(call $(1),$(c),$(call q1_bent,$(c)))$(call $(1),curve-$(c),$(patsubst \
  %,curve-%,$(call q1_bent,$(c)))))
q1_bent = $(filter $(Q1_LINES_$(1)),$(Q1_UNCONNECTED))
# $(call q1_differences,EXPERIMENT,OPERANDS,OPTIONS)
q1_differences = $$(TOOL)/mc-barrier -q $(if $(BARRIER),$(call options,BARRIER) )--over xfit $(3)$(2)| awk -v experiment=$(1) -v head=$(if \
  $(filter $(1),$(firstword $(Q1_COMPARED))),1,0) -f pipelines/experiment.awk &&
q1_compare = --compare curve-$(1)$(,)$(1) $(empty)
$(call rule,$(Q)/differences.tsv,$(Q1_PATHS:%=$(Q)/path-%.tsv) $(Q1_PATHS:%=$(Q)/each-%.tsv) pipelines/experiment.awk,{ $(foreach \
  x,$(Q1_COMPARED),$(call q1_differences,$(x),$(call q1_lines_compared,$(x),q1_operands),$(call q1_lines_compared,$(x),q1_examples)))$(if \
  $(Q1_CURVED), $(call q1_differences,curves,$(call q1_curves_compared,q1_operands),$(foreach c,$(Q1_CURVED),$(call q1_compare,$(c)))$(call \
  q1_curves_compared,q1_examples))) true; } $(keep))
# $(call q1_over,EXPERIMENT,COLUMN)
q1_over = awk -v conditions='$(Q1_COMPARED_$(1))' -f pipelines/pairs.awk $(foreach t,ends distance test barrier,'$(call \
  here,$(Q))/$(t).tsv') | $$(TOOL)/mc-barrier --over $(2) - | awk -v experiment=$(1) -v head=$(if $(filter $(1)-$(2),$(firstword \
  $(Q1_COMPARED))-$(firstword $(Q1_OVER))),1,0) -f pipelines/experiment.awk &&
$(call rule,$(Q)/over.tsv,$(Q)/ends.tsv $(Q)/distance.tsv $(Q)/test.tsv $(Q)/barrier.tsv pipelines/pairs.awk pipelines/experiment.awk,{ $(foreach \
  x,$(Q1_COMPARED),$(foreach v,$(Q1_OVER),$(call q1_over,$(x),$(v)))) true; } $(keep))

# Figures: conditions beside each other, each the mean over its pairs; curves beside the lines that they replace; layers.
q1_drawn = $(call condition,'$(1)',$(Q1_LINES_$(1):%=$(Q)/path-%.tsv))
q1_drawn_curve = $(call condition,'$(1)$(,) curve',$(patsubst %,$(Q)/path-curve-%.tsv,$(filter $(Q1_LINES_$(1)),$(Q1_UNCONNECTED))))
q1_figure = $(if $(3),$(call figure,$(Q)/path-$(1).svg,path,$(2),$(foreach c,$(3),$(call q1_drawn,$(c))),$(foreach c,$(3),$(Q1_LINES_$(c):%=$(Q)/path-%.tsv)))$(eval \
  Q1_FIGURES += $(Q)/path-$(1).svg))
Q1_FIGURES :=
$(call q1_figure,start,Lines between minima: what their ends differ in,$(filter order init noise scale-%,$(Q1_CONDITIONS)))
$(call q1_figure,methods,Lines between minima of each method,$(if $(filter $(Q1_TUNED),$(Q1_CONDITIONS)),$(filter order lora-product \
  $(Q1_TUNED),$(Q1_CONDITIONS))))
$(call q1_figure,across,Lines between minima of two methods,$(filter full+% lora+%,$(Q1_CONDITIONS)))
$(call q1_figure,data,Lines between minima: data and steps,$(if $(filter halves long,$(Q1_CONDITIONS)),$(filter order halves long,$(Q1_CONDITIONS))))
$(call q1_figure,rates,Lines between minima: learning rate and batch size,$(if $(filter rate-%,$(Q1_CONDITIONS)),$(filter order \
  rate-%,$(Q1_CONDITIONS))))
ifneq ($(Q1_CURVED),)
Q1_CURVES_DRAWN := $(wordlist 1,4,$(Q1_CURVED))
$(call figure,$(Q)/path-curves.svg,path,Lines and trained curves between the same minima,$(foreach c,$(Q1_CURVES_DRAWN),$(call \
  q1_drawn,$(c)) $(call q1_drawn_curve,$(c))),$(foreach c,$(Q1_CURVES_DRAWN),$(Q1_LINES_$(c):%=$(Q)/path-%.tsv) $(patsubst \
  %,$(Q)/path-curve-%.tsv,$(filter $(Q1_LINES_$(c)),$(Q1_UNCONNECTED)))))
Q1_FIGURES += $(Q)/path-curves.svg
endif
q1_groups = $(call rule,$(Q)/groups-$(1).svg,$(Q)/barrier-$(1).tsv $(Q1_PAIRS:%=$(Q)/path-$(1)-%.tsv),gnuplot -c plots/groups.gp '$$@' \
  --title $(call quote,$(2)) --list <($(call \
  condition,'all',$(Q)/barrier-$(1).tsv $(Q1_PAIRS:%=$(Q)/path-$(1)-%.tsv))))
$(if $(Q1_SWEEPS),$(call q1_groups,layers,One layer at a time) $(call q1_groups,growing,Growing sets of layers))
Q1_FIGURES += $(Q1_SWEEPS:%=$(Q)/groups-%.svg)

ifeq ($(COST),1)
# What there is to do, for pipelines/cost.sh; of conditions whose barriers are not there yet, every line may want a curve.
Q1_KNOWN := $(foreach c,$(Q1_CURVABLE),$(if $(wildcard $(Q)/barrier-$(c).tsv),$(c)))
Q1_CURVES := $(call q1_unconnected,$(Q1_KNOWN)) $(foreach c,$(filter-out $(Q1_KNOWN),$(Q1_CURVABLE)),$(Q1_LINES_$(c)))
q1_tuned = ends:$(Q)/$(1).st.gz:$(Q1_TUNE_$(1))
Q1_WORK := $(foreach x,$(sort $(subst -folded-,-,$(Q1_ENDS))),$(call q1_tuned,$(x))) \
  $(foreach x,$(Q1_ENDS),$(if $(findstring -folded-,$(x)),models:$(Q)/$(x).st.gz) $(if $(filter \
  noise-%,$(x)),models:$(Q)/$(x:noise-%=noise-start-%).st.gz)) \
  $(Q1_LINES:%=lines:$(Q)/path-%.tsv:$(Q1_POINTS)) $(foreach x,$(Q1_ENDS) $(Q1_MIXED),scores:$(Q)/score-$(x).tsv) \
  $(foreach c,$(Q1_SWEEPS),$(Q1_PAIRS:%=layers:$(Q)/path-$(c)-%.tsv:$(Q1_LAYER_POINTS))) \
  $(Q1_MIXED:%=mixtures:$(Q)/%.st.gz) $(foreach p,$(Q1_CURVES),curves:$(Q)/curve-$(p).st.gz \
  lines:$(Q)/path-curve-$(p).tsv:$(Q1_POINTS)) $(if $(call raw,TEST),$(foreach p,$(Q1_LINES) $(Q1_CURVES:%=curve-%),tests:$(Q)/test-$(p).tsv))
run-q1 run-q1-curves:
	@MODEL=$(call quote,$(call raw,MODEL)) TRAIN=$(call quote,$(call raw,TRAIN)) DEV=$(call quote,$(call raw,DEV)) TEST=$(call quote,$(call \
	raw,TEST)) TOKENIZER=$(call quote,$(Q1_TOKENIZER)) BATCH=$(Q1_BATCH) $(foreach v,TOKENIZE EVAL RUN,$(v)=$(call quote,$($(v)))) $(foreach \
	v,RECIPE LONG CURVE MIX,$(v)=$(call quote,$(Q1_$(v)))) $(foreach m,full $(Q1_TUNED),OPTIONS_$(m)=$(call quote,$(Q1_OPTIONS_$(m)))) \
	bash pipelines/cost.sh $(TOOL) $(Q1_WORK)
else
# The lines' barriers first; then a make that knows which of them are connected.
run-q1: $(Q1_CONDITIONS:%=$(Q)/barrier-%.tsv)
	+@$(MAKE) --no-print-directory run-q1-curves
run-q1-curves: $(Q)/q1.tsv $(Q)/differences.tsv $(Q)/over.tsv $(Q)/geometry.tsv $(Q1_FIGURES) $(if $(Q1_SWEEPS),$(Q)/layers.tsv $(Q)/mixtures.tsv)
	@awk -f pipelines/q1_say.awk '$(call here,$(Q))/q1.tsv' '$(call here,$(Q))/differences.tsv'
endif
endif
