# Question 2: how does the path between two minima change during pre-training? The experiments of Qin et al. 2022, section 5, on a
# model that is pre-trained here, or on a series of checkpoints that somebody else has made.
#
#   make q2 CONFIG=dir CORPUS=text TASK1=dir TASK2=dir OUT=out/name
#   make q2 SERIES='dir0 dir1000 dir10000' TASK1=dir TASK2=dir OUT=out/name
#
# CONFIG is a directory with config.json and a tokenizer; CORPUS plain text, a document a line, of which Q2_HELD in a hundred
# blocks of a hundred lines are held out. The model begins with random weights, step 0, and is written at the steps Q2_SAVE. A
# directory of SERIES is a Hugging Face one whose name ends in its step. A TASK is a directory with train.tsv and dev.tsv (.csv,
# .jsonl); its name is the task's.
#
# From every step each task is tuned for every seed in PAIRS, which gives the order of its data; a head is drawn from seed 0 once
# for all. Each pair of seeds is joined by a line of Q2_POINTS points, scored on the task's dev set (E9). Ends of the two tasks with the same seed are
# joined by a line as well, whose points are scored on each task with the head of the end that was tuned on it: what of the line keeps both tasks
# within Q2_WIDTH of their own ends' accuracy (E10).
#
# Ends in OUT/q2/: q2.tsv, a row a task and step; width.tsv, a row a step; differences.tsv, of heights and widths between steps;
# barrier.tsv, both.tsv, ends.tsv, distance.tsv, series.tsv, what they are made of; figures. What was interrupted goes on where it was.
#
#   q2_checks.mk  what is given is judged
#   q2_tables.mk  tables and figures

CONFIG ?=
CORPUS ?=
SERIES ?=
TASK1 ?=
TASK2 ?=
Q2_STEPS := 20000
Q2_SAVE := 0 100 300 1000 3000 6000 12000
Q2_PRETRAIN := --batch 32 --seq-len 128 --lr 5e-4 --warmup .05
Q2_HELD := 1
Q2_RECIPE := --epochs 2 --batch 32 --lr 1e-4
Q2_POINTS := 26
Q2_WIDTH := .05

.PHONY: q2 run-q2
q2: programs run-q2

ifneq ($(call asked,q2 run-q2,OUT,q2/),)
include pipelines/q2_checks.mk

# --- the series -------------------------------------------------------------------------------------------------
# start-STEP.st.gz of every step; and of a model pre-trained here series.st.gz, with all of them.
ifeq ($(Q2_MODELS),)
q2_lines = $(call rule,$(W)/$(1).tok.gz,,awk '$(2)' $(call quote,$(call raw,CORPUS)) | $$(TOOL)/mc-tokenize --corpus -t $(call \
  quote,$(call raw,CONFIG)) -o '$$@',$(call known_file,$(call raw,CORPUS)) $(call known_tokenizer,$(call raw,CONFIG)))
q2_block := int((NR - 1) / 100) % 100
$(call q2_lines,corpus,$(q2_block) >= $(Q2_HELD))
$(call q2_lines,held,$(q2_block) < $(Q2_HELD))
$(call rule,$(W)/init.st.gz,,$$(TOOL)/mc-init $(call quote,$(call raw,CONFIG)/config.json) -t $(call quote,$(call \
  raw,CONFIG)) -o '$$@',$(call known_file,$(call raw,CONFIG)/config.json) $(call known_tokenizer,$(call raw,CONFIG)))
$(call rule,$(W)/series.st.gz,$(W)/init.st.gz $(W)/corpus.tok.gz $(W)/held.tok.gz,$$(RUN) $$(TOOL)/mc-pretrain $$(resumed) \
  --train '$(W)/corpus.tok.gz' --dev '$(W)/held.tok.gz' $(call options,Q2_PRETRAIN) --steps $(Q2_STEPS) --save-at \
  $(subst $(space),$(,),$(strip $(Q2_SAVE))) --log '$(W)/series.log.tsv' -o '$$@' < '$(W)/init.st.gz')
q2_pick = $(call rule,$(W)/start-$(2).st.gz,$(W)/series.st.gz,$$(TOOL)/mc-pick $(1) -o '$$@' < '$(W)/series.st.gz')
$(foreach s,$(Q2_AT),$(call q2_pick,$(call q2_number,$(s)),$(s)))
else
$(foreach s,$(Q2_AT),$(call import,$(W)/start-$(s).st.gz,$(call q2_model,$(s))))
endif
$(call rule,$(W)/series.tsv,$(Q2_AT:%=$(W)/start-%.st.gz),cat $(Q2_AT:%='$(W)/start-%.st.gz') | $$(TOOL)/mc-dist --series -o '$$@')

# --- ends and lines of one task ------------------------------------------------------------------------------------
$(foreach t,$(Q2_TASKS),$(foreach p,train dev,$(call tokenize,$(W)/$(t)-$(p).tok.gz,$(call \
  q2_text,$(t),$(p)),$(Q2_TOKENIZER),TOKENIZE,--task $(t))))
q2_seeds = --seed 0 --seed-order $(1) --seed-dropout $(1)
q2_end = $(call tune_summed,$(W)/$(1)-$(2)-$(3),$(W)/start-$(2).st.gz,$(W)/$(1)-train.tok.gz,$(call options,Q2_RECIPE) $(call \
  q2_seeds,$(3)),,$(call known_options,Q2_RECIPE))$(call score,$(W)/score-$(1)-$(2)-$(3).tsv,$(W)/$(1)-$(2)-$(3).st.gz,$(1)=$(W)/$(1)-dev.tok.gz,$(call options,EVAL))
$(foreach t,$(Q2_TASKS),$(foreach s,$(Q2_AT),$(foreach k,$(Q2_SEEDS),$(call q2_end,$(t),$(s),$(k)))))
q2_line = $(call connect,$(W),$(1)-$(2)-$(3),$(W)/$(1)-$(2)-$(call first_of,$(3)).st.gz,$(W)/$(1)-$(2)-$(call \
  second_of,$(3)).st.gz,-n $(Q2_POINTS),$(call options,EVAL),$(1)=$(W)/$(1)-dev.tok.gz,$(call known_options,EVAL))
$(foreach t,$(Q2_TASKS),$(foreach s,$(Q2_AT),$(foreach p,$(Q2_PAIRS),$(call q2_line,$(t),$(s),$(p)))))

# --- lines between the tasks ----------------------------------------------------------------------------------------
# With the head of end 0 on the first task, with that of end 1 on the second.
q2_both = $(call walk,$(W),both-$(1)-$(2)-0,$(W)/$(Q2_FIRST)-$(1)-$(2).st.gz,$(W)/$(Q2_SECOND)-$(1)-$(2).st.gz,--head 0 -n \
  $(Q2_POINTS),$(call options,EVAL),$(Q2_FIRST)=$(W)/$(Q2_FIRST)-dev.tok.gz,$(call known_options,EVAL))$(call \
  walk,$(W),both-$(1)-$(2)-1,$(W)/$(Q2_FIRST)-$(1)-$(2).st.gz,$(W)/$(Q2_SECOND)-$(1)-$(2).st.gz,--head 1 -n $(Q2_POINTS),$(call \
  options,EVAL),$(Q2_SECOND)=$(W)/$(Q2_SECOND)-dev.tok.gz,$(call known_options,EVAL))
$(if $(Q2_SECOND),$(foreach s,$(Q2_AT),$(foreach k,$(Q2_SEEDS),$(call q2_both,$(s),$(k)))))

include pipelines/q2_tables.mk
run-q2: $(W)/q2.tsv $(W)/differences.tsv $(W)/series.tsv $(Q2_FIGURES)
	@awk -f pipelines/q2_say.awk '$(call here,$(W))/q2.tsv' '$(call here,$(W))/differences.tsv'
endif
