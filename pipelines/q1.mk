# Question 1: what do hyper-parameters, tuning method and data do to the path between two minima? The experiments of Qin et al.
# 2022, section 4, on any model and any labelled text.
#
#   make q1 MODEL=dir TRAIN=train.tsv DEV=dev.tsv TEST=test.tsv OUT=out/name
#
# A condition is a way to train an end; Q1_SEEDS ends of it are trained, and all pairs of them joined by a line of Q1_POINTS
# points on DEV. What the ends of a pair differ in:
#
#   order       the order of the data, and dropout                                        (E1)
#   init        new parameters: the head's; an adapter's; for full tuning also Gaussian noise on the pre-trained weights  (E2)
#   scale       the spread of an adapter's first weights                                  (E3)
#   steps       order, trained three times as long                                        (E4)
#   methods     order, tuned by each method; and pairs across methods, folded into full weights  (E5)
#   halves      the half of the training set they have seen                               (E7)
#   rates       order, for each learning rate and batch size                              (E15)

TEST ?=
Q1_EXPERIMENTS := order init scale steps methods halves rates
Q1_SEEDS := 1 2 3 4
Q1_POINTS := 26
Q1_RECIPE := --epochs 1
Q1_LONG := --epochs 3
Q1_BATCH := 32
Q1_METHODS := adapter lora prefix bitfit
Q1_RATE_full := 1e-4
Q1_RATE_adapter := 3e-3
Q1_RATE_lora := 3e-3
Q1_RATE_prefix := 1e-2
Q1_RATE_bitfit := 3e-3
Q1_NOISE := .002
Q1_SCALES := .02 .08
Q1_RATES := 3e-5 1e-4
Q1_BATCHES := 8 32

.PHONY: q1 run-q1
q1: programs run-q1

ifneq ($(call asked,q1 run-q1,OUT),)
$(call one_line,$(VARIABLES_q1))
$(call needed,MODEL TRAIN DEV,make q1 needs MODEL=dir TRAIN=file DEV=file)
$(call input_file,TRAIN DEV $(if $(call raw,TEST),TEST))
$(call input_model,MODEL)
$(call output_folder,OUT)

Q := $(patsubst %/,%,$(call raw,OUT))/q1
Q1_TOKENIZER := $(or $(call raw,TOKENIZER),$(call raw,MODEL))
asks = $(filter $(1),$(Q1_EXPERIMENTS))

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
q1_end = $(call tune_summed,$(Q)/$(1)-$(9),$(Q)/$(or $(7),base).st.gz,$(Q)/train.tok.gz,--method $(2) $(call options,Q1_RECIPE) --batch \
  $(or $(6),$(Q1_BATCH)) --lr $(or $(5),$(Q1_RATE_$(2))) $(4) $(call Q1_BY_$(3),$(9)),$(8),$(call known_options,Q1_RECIPE))
q1_ends = $(foreach s,$(Q1_SEEDS),$(call q1_end,$(1),$(2),$(3),$(4),$(5),$(6),$(subst SEED,$(s),$(7)),$(8),$(s)))

$(call q1_ends,order,full,order)
$(call q1_ends,init,full,init)
$(foreach s,$(Q1_SEEDS),$(call rule,$(Q)/noise-start-$(s).st.gz,$(Q)/base.st.gz,$$(TOOL)/mc-init --perturb $(Q1_NOISE) \
  --seed-init $(s) -o '$$@' '$(Q)/base.st.gz'))
$(call q1_ends,noise,full,start,,,,noise-start-SEED)
$(foreach x,$(Q1_SCALES),$(call q1_ends,scale-$(x),adapter,init,--init-std $(x)))
$(call q1_ends,long,full,order,$(call options,Q1_LONG))
$(foreach m,$(Q1_METHODS),$(call q1_ends,$(m),$(m),order))
# The first and the second half of the training set, by the numbers of its examples.
q1_half = $(call rule,$(Q)/half-$(1).txt,$(Q)/train.tok.gz,$$(TOOL)/mc-info --ids '$(Q)/train.tok.gz' | awk -v half=$(1) 'END { for (i = \
  half == 1 ? 0 : int(NR / 2); i < (half == 1 ? int(NR / 2) : NR); i++) print i }' $(keep))
$(foreach h,1 2,$(call q1_half,$(h)))
$(foreach h,1 2,$(call q1_ends,half-$(h),full,all,--only '$(Q)/half-$(h).txt',,,,$(Q)/half-$(h).txt))
# The cell of the rate and the size that all other conditions have is the condition `order`.
q1_cell = $(if $(call same,$(1) $(2),$(Q1_RATE_full) $(Q1_BATCH)),order,rate-$(1)-batch-$(2))
$(foreach r,$(Q1_RATES),$(foreach b,$(Q1_BATCHES),$(if $(filter rate-%,$(call q1_cell,$(r),$(b))),$(call q1_ends,$(call \
  q1_cell,$(r),$(b)),full,order,,$(r),$(b)))))
endif
