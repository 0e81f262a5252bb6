# Question 2: how does the path between two minima change during pre-training? The experiments of Qin et al. 2022, section 5, on a
# model that is pre-trained here, or on a series of checkpoints that somebody else has made.
#
#   make q2 CONFIG=dir CORPUS=text TASK1=dir TASK2=dir OUT=out/name
#   make q2 SERIES='dir0 dir1000 dir10000' TASK1=dir TASK2=dir OUT=out/name
#
# CONFIG is a directory with config.json and a tokenizer; CORPUS plain text, a document a line, of which Q2_HELD in a hundred
# blocks of a hundred lines are held out. The model begins with random weights, step 0, and is written at the steps Q2_SAVE. A
# directory of SERIES is a Hugging Face one whose name ends in its step; one alone is a finished model, scored as a step is, with
# nothing to compare it with. A TASK is a directory with train.tsv and dev.tsv (.csv, .jsonl); its name is the task's.
#
# From every step each task is tuned for every seed in PAIRS, which gives the order of its data; a head is drawn from seed 0 once
# for all. Each pair of seeds is joined by a line of Q2_POINTS points, scored on the task's dev set (E9). Ends of the two tasks with the same seed are
# joined by a line as well, whose points are scored on each task with the head of the end that was tuned on it: what of the line keeps both tasks
# within Q2_WIDTH of their own ends' accuracy (E10).
#
# Ends in OUT/q2/: q2.tsv, a row a task and step; differences.tsv, heights and widths of steps, and between them;
# barrier.tsv, both.tsv, ends.tsv, distance.tsv, series.tsv, what they are made of; series.said, what the series tells of itself; figures.
# What was interrupted goes on where it was.
#
#   q2_checks.mk  what is given is judged
#   q2_series.mk  the series, ends and lines
#   q2_tables.mk  tables and figures

.PHONY: q2 run-q2
q2: programs run-q2

ifneq ($(call asked,q2 run-q2,OUT,q2/),)
include $(MC_HOME)pipelines/q2_checks.mk

# --- what the rules of the series begin with --------------------------------------------------------------------
ifeq ($(Q2_MODELS),)
q2_lines = $(call corpus,$(W)/$(1).tok.gz,$(2),$(call raw,CORPUS),$(call raw,CONFIG),,$(call known_file,$(call \
  raw,CORPUS)) $(call known_tokenizer,$(call raw,CONFIG)))
$(call q2_lines,corpus,$(corpus_block) >= $(Q2_HELD))
$(call q2_lines,held,$(corpus_block) < $(Q2_HELD))
$(call rule,$(W)/init.st.gz,,$$(TOOL)/mc-init $(call quote,$(call raw,CONFIG)/config.json) -t $(call quote,$(call \
  raw,CONFIG)) -o '$$@',$(call known_file,$(call raw,CONFIG)/config.json) $(call known_tokenizer,$(call raw,CONFIG)))
else
q2_start = $(if $(call is_dir,$(2)),$(call import,$(1),$(2)),$(call end,$(1),$(2)))
$(foreach s,$(Q2_AT),$(call q2_start,$(W)/start-$(s).st.gz,$(call q2_model,$(s))))
endif
$(foreach t,$(Q2_TASKS),$(foreach p,train dev,$(call tokenize,$(W)/$(t)-$(p).tok.gz,$(call \
  q2_text,$(t),$(p)),$(Q2_TOKENIZER),TOKENIZE,--task $(t))))

include $(addprefix $(MC_HOME)pipelines/,q2_series.mk q2_tables.mk)
run-q2: private q2_made := $(call here,$(W))
run-q2: private q2_left := $(call left_over,$(W),series.tsv series.said series.svg series.pdf both.tsv,$(Q2_TRAVEL) $(call with_pdf,$(Q2_FIGURES)) $(if \
  $(Q2_SECOND),$(W)/both.tsv))
run-q2: $(W)/q2.tsv $(W)/differences.tsv $(Q2_TRAVEL) $(call with_pdf,$(Q2_FIGURES))
	@$(q2_left)
	@$(subst $$(MC_HOME),$(MC_HOME),$(call q2_told,'$(q2_made)/q2.tsv' '$(q2_made)/differences.tsv'))
	@$(call families,$(q2_made))
endif
