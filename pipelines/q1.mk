# Question 1: what do hyper-parameters, tuning method and data do to the path between two minima? The experiments of Qin et al.
# 2022, section 4, on any model and any labelled text.
#
#   make q1 MODEL=dir TRAIN=train.tsv DEV=dev.tsv TEST=test.tsv OUT=out/name
#
# Every end is one of a kind, which says how it is trained; of a kind an end is trained for every seed in PAIRS (all six pairs
# of four seeds). A condition joins ends: each pair of seeds by a line of Q1_POINTS points, scored on DEV. An experiment has
# some conditions, and ONLY='order init' chooses experiments; kinds and conditions that several of them have are made once. What
# the ends of a pair differ in:
#
#   order       the order of the data, and dropout                                        (E1)
#   layers      the pairs of `order`: one layer moved at a time, growing sets of layers, and one learned weight for every
#               layer, kind of tensor and tensor                                          (E13)
#   init        the seed of what is new: the head, an adapter; for full tuning also Gaussian noise on the pre-trained
#               weights                                                                   (E2)
#   scale       as init, of adapters whose first weights are spread more or less          (E3)
#   steps       as order, trained longer                                                  (E4)
#   methods     as order, each tuning method; and pairs across methods, folded into full weights  (E5)
#   curves      a trained Bezier curve of one bend for every pair of the others that the line does not connect, but of
#               `rates` and of products                                                   (E6)
#   halves      the half of the training set that they have seen                          (E7)
#   rates       as order, for each learning rate and batch size                           (E15)
#
# Lines are scored a second time at few points, each calibrated, which tells how much of a height is only that the logits have
# shrunk. TEST is scored at the ends and where DEV's loss is highest. Curves and mixtures are trained on seven eighths of TRAIN and
# chosen on the rest: TEST chooses nothing, DEV no model, but which lines get a curve and where TEST is scored. Distances of all
# pairs (E12) come with the lines. Ends in OUT/q1/: barrier.tsv, all rows of mc-barrier with their condition; ends.tsv;
# distance.tsv; geometry.tsv, by layer and kind; mixtures.tsv; q1.tsv, a row a condition; differences.tsv, of heights between
# the conditions of an experiment; over.tsv, of distances, lengths and accuracies, each with a correction of its own; figures
# path-*.svg and groups-*.svg; on the terminal a sentence a condition, and one a difference that is significant. COST=1 makes
# none of it, and tells what is missing of it and how long that would take here. What was interrupted goes on where it was,
# trainings in their middle (at most CHECKPOINT_EVERY seconds are lost).
#
# Here are the variables and the lists of kinds, conditions and experiments: a new one is some lines of them. What is made of
# the lists:
#   q1_checks.mk  what is given is judged; the names that the lists use
#   q1_lines.mk   ends, lines, barriers
#   q1_curves.mk  layers, growing sets, mixtures, curves
#   q1_tables.mk  scores, the test set, tables, figures
#   q1_cost.mk    what there is to do, for COST=1

Q1_EXPERIMENTS := $(call default,q1,ONLY)

.PHONY: q1 run-q1 run-q1-curves
q1: programs run-q1

ifneq ($(call asked,q1 run-q1 run-q1-curves,OUT),)
include $(MC_HOME)pipelines/q1_checks.mk

# --- kinds of ends -------------------------------------------------------------------------------------------
# K.method tunes an end of the kind K, and its number seeds what Q1_SEED_ of K.seeds says; all else has the seed 0. Where K has
# them, K.options come behind those of all ends (of one option the last counts), K.rate and K.batch are in the place of theirs,
# K.start is the model that it begins with (SEED: its number), K.needs are files that its options name, K.length tells
# pipelines/cost.sh how long it is trained.
Q1_SEED_order = --seed 0 --seed-order $(1) --seed-dropout $(1)
Q1_SEED_init = --seed 0 --seed-init $(1)
Q1_SEED_all = --seed $(1)
Q1_SEED_start = --seed 0

Q1_KINDS := order
order.method := full
order.seeds := order

# A text-to-text model has no head that a seed draws.
ifeq ($(Q1_T5),)
Q1_KINDS += init
init.method := full
init.seeds := init
endif

Q1_KINDS += noise
noise.method := full
noise.seeds := start
noise.start := noise-start-SEED

define q1_scale
Q1_KINDS += scale-$(1)
scale-$(1).method := adapter
scale-$(1).seeds := init
scale-$(1).options := --init-std $(1)
endef
$(foreach x,$(Q1_SCALES),$(eval $(call q1_scale,$(x))))

Q1_KINDS += long
long.method := full
long.seeds := order
long.options := $(call options,Q1_LONG)
long.length := long

define q1_method
Q1_KINDS += $(1)
$(1).method := $(1)
$(1).seeds := order
endef
$(foreach m,$(Q1_TUNED),$(eval $(call q1_method,$(m))))

# Deltas as whole models, to meet those of another method: not trained, K.folds is.
Q1_FOLDED := $(filter lora bitfit,$(Q1_TUNED))
define q1_folded
$(1)-folded.folds := $(1)
$(1)-folded.method := full
endef
$(foreach m,$(Q1_FOLDED),$(eval $(call q1_folded,$(m))))

define q1_half
Q1_KINDS += half-$(1)
half-$(1).method := full
half-$(1).seeds := all
half-$(1).options := --only '$(Q)/half-$(1).txt'
half-$(1).needs := $(Q)/half-$(1).txt
half-$(1).length := half
endef
$(foreach h,1 2,$(eval $(call q1_half,$(h))))

# The rate and the batch size that all others have are those of `order`.
define q1_rate
Q1_KINDS += rate-$(1)-batch-$(2)
rate-$(1)-batch-$(2).method := full
rate-$(1)-batch-$(2).seeds := order
rate-$(1)-batch-$(2).rate := $(1)
rate-$(1)-batch-$(2).batch := $(2)
endef
$(foreach r,$(Q1_RATES),$(foreach b,$(Q1_BATCHES),$(if $(call same,$(r) $(b),$(Q1_RATE_full) $(Q1_BATCH)),,$(eval $(call \
  q1_rate,$(r),$(b))))))

# --- conditions ----------------------------------------------------------------------------------------------
# The condition C joins ends of the kind C, unless C.first and C.second say of which kinds its first and second ends are.
# C.interp are options of mc-interp; C.pairs are in the place of PAIRS; figures call it C.label.
order.label := full, data order
init.label := full, head
noise.label := full, noise
long.label := full, longer
adapter.label := adapter, data order
lora.label := LoRA
bitfit.label := BitFit
$(foreach x,$(Q1_SCALES),$(eval scale-$(x).label := adapter, init $(x)))
$(foreach r,$(Q1_RATES),$(foreach b,$(Q1_BATCHES),$(eval rate-$(r)-batch-$(b).label := full, lr $(r), batch $(b))))

lora-product.label := LoRA, products
lora-product.first := lora
lora-product.second := lora
lora-product.interp := --space product

define q1_with_full
full+$(1).first := order
full+$(1).second := $(1)-folded
full+$(1).label := full and $$($(1).label)
endef
$(foreach m,$(Q1_FOLDED),$(eval $(call q1_with_full,$(m))))
lora+bitfit.first := lora-folded
lora+bitfit.second := bitfit-folded
lora+bitfit.label := LoRA and BitFit

halves.first := half-1
halves.second := half-2
halves.label := full, halves of the data
halves.pairs := $(foreach s,$(Q1_SEEDS),$(s)-$(s))

# --- experiments ---------------------------------------------------------------------------------------------
Q1_OF_order := order
Q1_OF_layers := order
Q1_OF_init := $(filter init,$(Q1_KINDS)) noise $(firstword $(Q1_SCALES:%=scale-%))
Q1_OF_scale := $(Q1_SCALES:%=scale-%)
Q1_OF_steps := long
Q1_OF_methods := $(Q1_TUNED) $(if $(filter lora,$(Q1_TUNED)),lora-product) $(Q1_FOLDED:%=full+%) $(if $(word \
  2,$(Q1_FOLDED)),lora+bitfit)
Q1_OF_halves := halves
Q1_OF_rates := $(filter rate-%,$(Q1_KINDS))
# Conditions without curves: lines of products, which are none of what is stored, and the many cells of a table.
Q1_CURVELESS := lora-product rate-%
# Conditions whose ends are those of another one: only what their paths do is compared, not the same ends twice.
Q1_SAME_ENDS := lora-product

include $(addprefix $(MC_HOME)pipelines/,q1_lines.mk q1_curves.mk q1_tables.mk)

ifeq ($(COST),1)
include $(MC_HOME)pipelines/q1_cost.mk
else
# The lines' barriers first; then a make that knows which of them are connected.
run-q1: $(Q1_CONDITIONS:%=$(Q)/barrier-%.tsv)
	+@$(again) run-q1-curves
run-q1-curves: $(Q)/q1.tsv $(Q)/differences.tsv $(Q)/over.tsv $(Q)/geometry.tsv $(call with_pdf,$(Q1_FIGURES)) $(if \
  $(Q1_SWEEPS),$(Q)/layers.tsv $(Q)/mixtures.tsv)
	@$(call left_over,$(Q),path-*.svg path-*.pdf groups-*.svg groups-*.pdf layers.tsv mixtures.tsv,$(call with_pdf,$(Q1_FIGURES)) $(if $(Q1_SWEEPS),$(Q)/layers.tsv $(Q)/mixtures.tsv))
	@awk -f $(MC_HOME)pipelines/q1_say.awk '$(call here,$(Q))/q1.tsv' '$(call here,$(Q))/differences.tsv'
	@$(call families,$(Q))
endif
endif
