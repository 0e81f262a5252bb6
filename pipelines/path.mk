# Two minima, the path between them, the barrier.
#
#   make path MODEL=dir TRAIN=train.tsv DEV=dev.tsv OUT=out/name     fine-tunes every seed, then joins pairs
#   make path A=dirA B=dirB DEV=dev.tsv OUT=out/name                 joins two finished models
#
# Ends in OUT/barrier.tsv (every definition of the height, band, verdict), OUT/barrier-metric.tsv (of the other metrics), OUT/distance.tsv,
# OUT/sweep.tsv (a row a condition, pair, set and metric, with all that is known of it), OUT/path.svg, .png, .pdf and, after
# training, OUT/train.svg, .png, .pdf. The end points differ in what VARY says; everything else is equal. DEV is what the path is
# evaluated on; of it training writes to its logs alone, so another DEV evaluates again and tunes nothing again.
#
# METHOD, VARY, LR, BATCH and EPOCHS may be lists: every combination is a condition of its own, with every pair. What is of one condition
# alone lies in OUT/CONDITION then, and tables of all conditions have a column `condition`.
#
#   make path MODEL=dir TRAIN=train.tsv DEV=dev.tsv OUT=out/name METHOD='full lora' LR='1e-5 3e-5 1e-4' PAIRS='1-2 1-3 2-3'

.PHONY: path run-path
path: programs run-path

ifneq ($(call asked,path run-path paper verdict run-verdict,OUT),)
# What every use needs is judged before anything runs.
$(call one_line,$(VARIABLES_path))
VERDICT_USAGE := $(if $(filter verdict run-verdict,$(wanted)),$(CALLED) verdict needs A=dir B=dir DEV=file)
PATH_USAGE := $(or $(VERDICT_USAGE),$(CALLED) path needs MODEL=dir TRAIN=file DEV=file$(,) or A=dir B=dir DEV=file)
JOINS := $(strip $(call raw,A)$(call raw,B)$(VERDICT_USAGE))
$(if $(call raw,DEV)$(call raw,DEVS),,$(error DEV= is missing: $(PATH_USAGE)))
$(call needed,$(if $(JOINS),A B,MODEL TRAIN),$(PATH_USAGE))
$(call needed,VARY METHOD,it has one word or more)
$(call words_of,VARY,order init all)
$(call words_of,METHOD,$(methods))
$(call words_of,METRIC,loss accuracy exact_match token_f1)
$(call positive,LR,real)$(call positive,BATCH,whole)$(call positive,EPOCHS,whole)
$(call one_of,SPACE,factor product)
$(call one_of,HEAD,0 1 mix)
$(if $(ALSO_TRAIN),$(call one_of,ALSO_TRAIN,0 1))
$(call number,SEED_SHARED)
$(call points,POINTS)
$(call words_of_shell,TOKENIZE EVAL RECIPE BARRIER RUN)
$(call without_options,TOKENIZE,$(options_of_sets))
$(call without_options,EVAL,$(options_of_scores))
$(call without_options,RECIPE,$(options_of_ends) --method)
$(call without_options,BARRIER,$(options_of_heights)$(if $(METRIC), --metric))
$(call output_folder,OUT)
$(call pairs,PAIRS)
$(if $(JOINS),$(if $(filter-out full,$(METHOD)),$(error METHOD=$(METHOD) is of what is tuned, which A and B are already)))
$(if $(JOINS),$(foreach v,VARY PAIRS,$(if $(filter command,$(firstword $(origin $(v)))),$(error $(v)=$($(v)) is of what is tuned$(,) which \
  A and B are already))))
$(if $(JOINS),$(foreach v,LR BATCH EPOCHS,$(if $($(v)),$(error $(v)=$($(v)) is of what is tuned, which A and B are already))))
$(if $(EPOCHS),$(call no_option_like,RECIPE,^--steps(=|$$),EPOCHS= says how long))
$(if $(filter exact_match token_f1,$(METRIC)),$(if $(findstring greedy,$(EVAL))$(findstring --free,$(TOKENIZE)),,$(error METRIC=$(METRIC): answers \
  are written with EVAL='--decode greedy' or TOKENIZE=--free)))
$(if $(filter accuracy,$(METRIC)),$(call no_option_like,TOKENIZE,^--regression,numbers have no accuracy$(,) METRIC=$(METRIC)))
$(if $(JOINS),$(if $(call raw,MODEL),$(error MODEL= is tuned, A= and B= are finished: give one or the other)))
$(if $(JOINS),$(if $(call raw,TRAIN),$(if $(filter 1,$(ALSO_TRAIN)),,$(error TRAIN= with A= and B= is evaluated on: say ALSO_TRAIN=1))))
$(if $(filter 1,$(ALSO_TRAIN)),$(call needed,TRAIN,with ALSO_TRAIN=1 it is evaluated on))
$(if $(filter product,$(SPACE)),$(if $(or $(if $(filter-out lora,$(METHOD)),,1),$(and $(JOINS),$(call raw,BASE))),,$(error SPACE=product is for \
  METHOD=lora$(,) or LoRAs with A= B= BASE=)))

# Sets: NAME=FILE of every token set, and the file of text of each.
DEVS_RAW := $(call raw,DEVS)
DEVS_NAMES := $(foreach d,$(DEVS_RAW),$(call set_name,$(d)))
$(call named_files,DEVS,$(if $(call raw,DEV),dev) $(if $(filter 1,$(ALSO_TRAIN)),train))
$(call input_file,$(if $(call raw,DEV),DEV) $(if $(call raw,TRAIN),TRAIN))

# Models, and whose tokenizer it is.
MODELS_NAMED := $(if $(JOINS),A B,MODEL) $(if $(call raw,BASE),BASE)
$(if $(JOINS),$(foreach v,$(MODELS_NAMED),$(call input_model,$(v))),$(call start_model,MODEL))
$(foreach v,MODEL A B BASE,$(eval KIND_$(v) := $(if $(filter $(v),$(MODELS_NAMED)),$(call kind_of_model,$(call raw,$(v))))))
$(foreach v,A B,$(if $(filter peft,$(KIND_$(v))),$(call needed,BASE,$(v)= is a PEFT directory$(,) BASE= the model it is of)))
$(if $(filter peft,$(KIND_BASE)),$(error BASE=$(call raw,BASE): a PEFT directory is no whole model))
$(if $(call raw,LABELS),$(if $(filter dir peft,$(KIND_MODEL) $(KIND_A) $(KIND_B)),,$(error LABELS= names the heads of directories: a \
  stream has names of its own)))
PATH_TOKENIZER := $(call raw,$(call tokenizer_of,$(MODELS_NAMED)))

P := $(patsubst %/,%,$(call raw,OUT))
SEEDS := $(if $(JOINS),,$(sort $(subst -, ,$(PAIRS))))
ENDS := $(if $(JOINS),A-B,$(PAIRS))

# Conditions: METHOD:VARY:LR:BATCH:EPOCHS, with - for what is not given. Of several each has a folder, with a name of what is given, so
# that a condition more or less makes none of the others again.
PATH_CONDITIONS := $(foreach m,$(METHOD),$(foreach v,$(VARY),$(foreach l,$(or $(LR),-),$(foreach b,$(or $(BATCH),-),$(foreach \
  e,$(or $(EPOCHS),-),$(m):$(v):$(l):$(b):$(e))))))
PATH_GRID := $(if $(word 2,$(PATH_CONDITIONS)),1)
path_field = $(filter-out -,$(word $(2),$(subst :, ,$(1))))
path_condition = $(if $(JOINS),given,$(subst $(space),_,$(strip $(call path_field,$(1),1) $(filter-out order,$(call path_field,$(1),2)) $(patsubst \
  %,lr%,$(call path_field,$(1),3)) $(patsubst %,batch%,$(call path_field,$(1),4)) $(patsubst %,epochs%,$(call path_field,$(1),5)))))
# What of it differs, for the figure.
path_differs = $(if $(word 2,$($(1))),$(3)$(call path_field,$(2),$(4)))
path_label = $(subst $(space),_,$(strip $(call path_differs,METHOD,$(1),,1) $(call path_differs,VARY,$(1),,2) $(call path_differs,LR,$(1),lr,3) $(call \
  path_differs,BATCH,$(1),batch,4) $(call path_differs,EPOCHS,$(1),epochs,5)))
path_folder = $(P)$(if $(PATH_GRID),/$(call path_condition,$(1)))
PATH_FOLDERS := $(foreach c,$(PATH_CONDITIONS),$(call path_folder,$(c)))
PATH_NAMES := $(foreach c,$(PATH_CONDITIONS),$(call path_condition,$(c)))

PATH_FIGURES := $(foreach f,$(if $(SEEDS),$(PATH_FOLDERS:%=%/train)) $(P)/path,$(f).svg $(f).png $(f).pdf)
PATH_SHOWN := $(P)/barrier.tsv $(P)/barrier-metric.tsv $(P)/distance.tsv $(P)/sweep.tsv $(PATH_FIGURES)
run-path: $(PATH_SHOWN) $(P)/report.html
	@$(call verdict,$(P),$(P)/barrier-metric.tsv)
	@$(call families,$(sort $(P) $(PATH_FOLDERS)))

NAMED := $(if $(call raw,LABELS),--labels $(call quote,$(call raw,LABELS)))
define path_end
$(if $(filter dir,$(KIND_$(1))),$(call import,$(P)/$(1).st.gz,$(call raw,$(1)),$(NAMED)),$(call \
  end,$(P)/$(1).st.gz,$(call raw,$(1)),$(call raw,$(2)),$(if $(call raw,BASE),$(P)/base.st.gz),$(if $(filter peft,$(KIND_$(1))),$(call raw,LABELS))))
endef
ifneq ($(JOINS),)
$(call path_end,A,B)
$(call path_end,B,A)
$(if $(filter dir,$(KIND_BASE)),$(call import,$(P)/base.st.gz,$(call raw,BASE)))
$(if $(filter stream,$(KIND_BASE)),$(call end,$(P)/base.st.gz,$(call raw,BASE)))
else
$(call start,$(P)/base.st.gz,MODEL,$(NAMED) --seed-init $(SEED_SHARED))
endif

$(if $(call raw,TRAIN),$(call tokenize,$(P)/train.tok.gz,$(call raw,TRAIN),$(PATH_TOKENIZER),TOKENIZE))
$(if $(call raw,DEV),$(call tokenize,$(P)/dev.tok.gz,$(call raw,DEV),$(PATH_TOKENIZER),TOKENIZE,--task dev))
$(foreach d,$(DEVS_RAW),$(call tokenize,$(P)/dev-$(call set_name,$(d)).tok.gz,$(call set_file,$(d)),$(PATH_TOKENIZER),TOKENIZE,--task \
  $(call set_name,$(d))))
SETS := $(if $(call raw,DEV),dev=$(P)/dev.tok.gz) $(foreach n,$(DEVS_NAMES),$(n)=$(P)/dev-$(n).tok.gz) \
  $(if $(filter 1,$(ALSO_TRAIN)),train=$(P)/train.tok.gz)

# An end point and its log. A head that the base has is kept where only the order varies, and drawn from the seed elsewhere.
# The set of the log is the first that is given now; its name is kept beside the log, for the figure.
TUNED_order = --seed-order $(1) --seed-dropout $(1) --seed $(SEED_SHARED)
TUNED_init = --seed-init $(1) --seed $(SEED_SHARED)
TUNED_all = --seed $(1)
NEW_HEAD = $(if $(filter order,$(1)),,$(if $(call raw,LABELS),--new-head))
LOG_SET := $(call set_file,$(firstword $(SETS)))
LOG_NAME := $(call quote_now,$(or $(call raw,DEV),$(call set_file,$(firstword $(DEVS_RAW)))))
# $(call path_tuned,FOLDER,SEED,METHOD,VARY,OPTIONS)
path_tuned = $(call tune,$(1)/seed-$(2),$(P)/base.st.gz,$(P)/train.tok.gz,$(call options,RECIPE) $(5)$(patsubst %,--method %,$(filter-out full,$(3))) \
  $(call NEW_HEAD,$(4)) $(call TUNED_$(4),$(2)),$(call known_options,RECIPE),$$(LOG_SET),$$(judged) printf '%s\n' $$(LOG_NAME) > '$(1)/seed-$(2).dev'; )
path_recipe = $(patsubst %,--lr % ,$(call path_field,$(1),3))$(patsubst %,--batch % ,$(call path_field,$(1),4))$(patsubst %,--epochs % ,$(call path_field,$(1),5))

# The path: its models exist only in the pipe. $(call path_of,FOLDER,PAIR,BASE OPTION)
path_end_of = $(if $(JOINS),$(P)/$(2),$(1)/seed-$(2)).st.gz
path_base = $(if $(filter-out full,$(1))$(if $(JOINS),$(call raw,BASE)),--base '$(P)/base.st.gz')
path_of = $(call connect,$(1),$(2),$(call path_end_of,$(1),$(call first_of,$(2))),$(call path_end_of,$(1),$(call second_of,$(2))),$(3) -n \
  $(POINTS) --head $(HEAD) --space $(SPACE),$(3) $(call options,EVAL),$(SETS),$(call \
  known_options,EVAL),$(if $(3),$(P)/base.st.gz),$(3))
# What finished ends are over.
BASE_OPTION := $(call path_base)
BASE_FILE := $(if $(BASE_OPTION),$(P)/base.st.gz)
PATH_METRIC := $(patsubst %,--metric %,$(firstword $(METRIC)))

# $(call path_condition_rules,CONDITION,FOLDER): all that is of one condition alone
path_log = $(call condition,"seed $(2)$(,) dev: $$$$(tr '\t' ' ' < '$(1)/seed-$(2).dev' | sed 's|.*/||')",$(1)/seed-$(2).log.tsv)
define path_condition_rules
$(foreach s,$(SEEDS),$(call path_tuned,$(2),$(s),$(call path_field,$(1),1),$(call path_field,$(1),2),$(call path_recipe,$(1))))
$(foreach e,$(ENDS),$(call path_of,$(2),$(e),$(call path_base,$(call path_field,$(1),1))))
$(call barrier,$(2),$(ENDS),$(call options,BARRIER)$(if $(PATH_METRIC), $(PATH_METRIC)),$(call known_options,BARRIER))
$(call barrier_metric,$(2),$(ENDS),$(METRIC),$(call options,BARRIER),$(call known_options,BARRIER))
$(call distances,$(2),$(ENDS))
$(if $(SEEDS),$(call figures,$(2)/train,train,,$(foreach s,$(SEEDS),$(call path_log,$(2),$(s))),$(SEEDS:%=$(2)/seed-%.st.gz)))
endef
$(foreach c,$(PATH_CONDITIONS),$(call path_condition_rules,$(c),$(call path_folder,$(c))))
$(if $(PATH_GRID),$(foreach t,barrier barrier-metric distance,$(call gathered,$(P),$(t),$(PATH_NAMES))))
$(call rule,$(P)/sweep.tsv,$(foreach f,$(PATH_FOLDERS),$(f)/barrier.tsv $(f)/barrier-metric.tsv $(f)/distance.tsv) $(MC_HOME)pipelines/sweep.sh \
  $(MC_HOME)pipelines/sweep.awk,bash $$(MC_HOME)pipelines/sweep.sh $$(TOOL) $(foreach c,$(PATH_CONDITIONS),'$(call path_folder,$(c)):$(call \
  path_condition,$(c)):$(if $(JOINS),::::,$(c))') $(keep))

# Heads whose outputs LABELS= is to name, before they meet labels, unless config.json does: those of the end or ends that HEAD takes, or of what is
# tuned, if it has one.
path_config = $(shell grep -q $(2) $(call quote_now,$(call raw,$(1)))/config.json && echo 1)
path_nameless = $(if $(and $(call path_config,$(1),'"id2label"'),$(if $(call path_config,$(1),LABEL_0),,1)),,$(if $(filter MODEL,$(1)),$(call \
  path_config,$(1),ForSequenceClassification),1))
PATH_HEADS := $(if $(JOINS),$(if $(filter 1,$(HEAD)),,A) $(if $(filter 0,$(HEAD)),,B),$(if $(findstring --new-head,$(RECIPE)),,MODEL))
PATH_HEADS := $(if $(call raw,LABELS),,$(foreach v,$(PATH_HEADS),$(if $(filter dir,$(KIND_$(v))),$(if $(call is_t5,$(call raw,$(v))),,$(if $(call path_nameless,$(v)),$(v))))))
path_judged = bash $(MC_HOME)pipelines/labels.sh $(TOOL) '$(CALLED) $(or $(firstword $(goals)),path)' '$(call set_file,$(firstword \
  $(if $(JOINS),$(SETS),train=$(P)/train.tok.gz)))' $(foreach v,$(PATH_HEADS),$(call quote_now,$(v)=$(call raw,$(v))) '$(P)/$(if $(JOINS),$(v),base).st.gz');
$(if $(PATH_HEADS),$(foreach f,$(P)/verdict.tsv $(foreach d,$(PATH_FOLDERS),$(if $(JOINS),$(d)/path-A-B.tsv $(d)/each-A-B.tsv,$(SEEDS:%=$(d)/seed-%.st.gz))),$(eval \
  $(f): private judged = $$(path_judged))))

# Figures: a path a pair, or of several conditions all pairs of each; a log a seed.
path_drawn = $(foreach e,$(2),$(call drawn,$(1),$(e))) $(1)/barrier.tsv $(1)/barrier-metric.tsv
PATH_CURVES := $(if $(PATH_GRID),$(foreach c,$(PATH_CONDITIONS),$(call condition,$(call path_label,$(c)),$(call path_drawn,$(call \
  path_folder,$(c)),$(ENDS)))),$(foreach e,$(ENDS),$(call condition,$(e),$(call path_drawn,$(P),$(e)))))
$(call figures,$(P)/path,path,$(call raw,TITLE),$(PATH_CURVES),$(foreach f,$(PATH_FOLDERS),$(call path_drawn,$(f),$(ENDS))),$(if \
  $(METRIC),--metric $(subst $(space),$(,),$(strip $(METRIC)))))
# Before the page is made, what an earlier run has found of other ends or conditions goes: the figure of a training; where OUT has had one condition
# and has several, its paths; of conditions that are no more, in folders of their own, tables and figures, but not what was scored. A folder with a
# sweep.tsv is another run's OUT.
path_others = $(foreach f,$(filter-out $(PATH_FOLDERS),$(patsubst %/barrier-metric.tsv,%,$(wildcard $(foreach m,$(methods),$(addprefix \
  $(P)/$(m),/barrier-metric.tsv _*/barrier-metric.tsv))))),$(if $(wildcard $(f)/sweep.tsv),,$(f)))
path_training := train.svg train.png train.pdf
.PHONY: path-left-over
path-left-over:
	@$(call left_over,$(P),$(path_training) $(if $(PATH_GRID),path-*.tsv .path-*.seconds each-*.tsv distance-*.tsv),$(PATH_SHOWN))
	@$(foreach f,$(path_others),$(call left_over,$(f),$(path_training) barrier.tsv barrier-metric.tsv distance.tsv) &&) true
$(call rule,$(P)/report.html,$(PATH_SHOWN) $(MC_HOME)plots/report.awk $(MC_HOME)plots/columns.tsv $(MC_HOME)pipelines/report.sh,bash $$(MC_HOME)pipelines/report.sh $$(TOOL) '$(P)' > \
  /dev/null,,path-left-over)
endif
