# Two minima, the path between them, the barrier.
#
#   make path MODEL=dir TRAIN=train.tsv DEV=dev.tsv OUT=out/name     fine-tunes every seed, then joins pairs
#   make path A=dirA B=dirB DEV=dev.tsv OUT=out/name                 joins two finished models
#
# Ends in OUT/barrier.tsv (every definition of the height, band, verdict), OUT/distance.tsv, OUT/path.svg, .png, .pdf and, after
# training, OUT/train.svg, .png, .pdf. The end points differ in what VARY says; everything else is equal. DEV is what the path is
# evaluated on; of it training writes to its logs alone, so another DEV evaluates again and tunes nothing again.

MODEL ?=
TRAIN ?=
DEV ?=
DEVS ?=
ALSO_TRAIN ?=
A ?=
B ?=
BASE ?=
TOKENIZER ?=
OUT ?= $(if $(filter methods run-methods,$(MAKECMDGOALS)),out,out/path)
PAIRS ?= 1-2
VARY ?= order
METHOD ?= full
SPACE ?= factor
POINTS ?= 26
LABELS ?=
TOKENIZE ?=
EVAL ?=
RECIPE ?= --epochs 1 --batch 32 --lr 3e-5 --warmup 0.06 --schedule linear
SEED_SHARED ?= 0
BARRIER ?=
HEAD ?= mix
TITLE ?=
RUN ?=

# What they mean:
#   MODEL     a Hugging Face directory, or a model's stream (.st.gz) with TOKENIZER=dir
#   TRAIN DEV files of labelled text: TSV, or CSV and JSONL by the ending of their names
#   DEVS      more sets to evaluate on, 'name=file name=file ...', in one pass; with them DEV may be left out
#   ALSO_TRAIN 1: the training set is evaluated along the path too, as the set named train
#   A B       finished models: Hugging Face directories, PEFT directories (with BASE=), streams of ours (.st.gz), mixed
#   BASE      what A and B are deltas of: a Hugging Face directory or a stream
#   TOKENIZER directory of the tokenizer, where it is not that of MODEL, A or B
#   PAIRS     pairs of seeds, "1-2 3-4 5-6"; one end point is trained per seed
#   VARY      order: data order and dropout; init: what is drawn, a new head (which a T5 has not) and what METHOD adds; all: both
#   METHOD    full, or what is tuned over the model: adapter, lora, prefix, bitfit, head; the end points are deltas then
#   SPACE     factor: the path moves what is stored; product: what the factors of a LoRA multiply to
#   POINTS    points of the path, ends included
#   HEAD      mix, or 0 or 1: the head of that end at every point
#   LABELS    names of the head's outputs, a,b,... (default: those of the checkpoint, or of the training set)
#   TOKENIZE  options of mc-tokenize for all files, such as --max-len 128, --header, or a T5's --source '...' --target '...'
#   EVAL      options of mc-eval, such as --decode greedy
#   RECIPE    options of mc-finetune
#   BARRIER   options of mc-barrier
#   TITLE     of the figure
#   WIDTH     of figures on paper, such as 85mm or 3.35in; without it they are for a screen
#   RUN       put before every heavy command, such as 'srun -n1 -c8'
#   CHECKPOINT_EVERY  seconds from one state of a training to the next, from which it goes on when it was ended; 0: none is kept

.PHONY: path run-path
path: programs run-path

ifneq ($(call asked,path run-path paper verdict run-verdict,OUT),)
# What every use needs is judged before anything runs.
$(call one_line,$(VARIABLES_path))
VERDICT_USAGE := $(if $(filter verdict run-verdict,$(MAKECMDGOALS)),$(CALLED) verdict needs A=dir B=dir DEV=file)
PATH_USAGE := $(or $(VERDICT_USAGE),$(CALLED) path needs MODEL=dir TRAIN=file DEV=file$(,) or A=dir B=dir DEV=file)
JOINS := $(strip $(call raw,A)$(call raw,B)$(VERDICT_USAGE))
$(if $(call raw,DEV)$(call raw,DEVS),,$(error DEV= is missing: $(PATH_USAGE)))
$(call needed,$(if $(JOINS),A B,MODEL TRAIN),$(PATH_USAGE))
$(call one_of,VARY,order init all)
$(call one_of,METHOD,$(methods))
$(call one_of,SPACE,factor product)
$(call one_of,HEAD,0 1 mix)
$(if $(ALSO_TRAIN),$(call one_of,ALSO_TRAIN,0 1))
$(call number,SEED_SHARED)
$(call points,POINTS)
$(call words_of_shell,TOKENIZE EVAL RECIPE BARRIER RUN)
$(call output_folder,OUT)
$(call pairs,PAIRS)
$(if $(JOINS),$(if $(filter full,$(METHOD)),,$(error METHOD=$(METHOD) is of what is tuned, which A and B are already)))
$(if $(JOINS),$(if $(call raw,MODEL),$(error MODEL= is tuned, A= and B= are finished: give one or the other)))
$(if $(JOINS),$(if $(call raw,TRAIN),$(if $(filter 1,$(ALSO_TRAIN)),,$(error TRAIN= with A= and B= is evaluated on: say ALSO_TRAIN=1))))
$(if $(filter 1,$(ALSO_TRAIN)),$(call needed,TRAIN,with ALSO_TRAIN=1 it is evaluated on))
$(if $(filter product,$(SPACE)),$(if $(or $(filter lora,$(METHOD)),$(and $(JOINS),$(call raw,BASE))),,$(error SPACE=product is for \
  METHOD=lora$(,) or LoRAs with A= B= BASE=)))
$(if $(call raw,BASE),$(if $(JOINS),,$(error BASE= is of A= and B=; what is tuned has MODEL= for a base)))

# Sets: NAME=FILE of every token set, and the file of text of each.
DEVS_RAW := $(call raw,DEVS)
DEVS_NAMES := $(foreach d,$(DEVS_RAW),$(call set_name,$(d)))
$(call named_files,DEVS,$(if $(call raw,DEV),dev) $(if $(filter 1,$(ALSO_TRAIN)),train))
$(call input_file,$(if $(call raw,DEV),DEV) $(if $(call raw,TRAIN),TRAIN))

# Models and whose tokenizer it is: TOKENIZER, else that of the first Hugging Face directory, else of the first PEFT directory.
MODELS_NAMED := $(if $(JOINS),A B $(if $(call raw,BASE),BASE),MODEL)
$(foreach v,$(MODELS_NAMED),$(call input_model,$(v)))
$(foreach v,MODEL A B BASE,$(eval KIND_$(v) := $(if $(filter $(v),$(MODELS_NAMED)),$(call kind_of_model,$(call raw,$(v))))))
$(foreach v,A B,$(if $(filter peft,$(KIND_$(v))),$(call needed,BASE,$(v)= is a PEFT directory$(,) BASE= the model it is of)))
$(if $(filter peft,$(KIND_MODEL) $(KIND_BASE)),$(error a PEFT directory is no whole model: it can be A= or B=))
$(if $(call raw,LABELS),$(if $(filter dir peft,$(KIND_MODEL) $(KIND_A) $(KIND_B)),,$(error LABELS= names the heads of directories: a \
  stream has names of its own)))
TOKENIZER_OF := $(firstword $(if $(call raw,TOKENIZER),TOKENIZER) $(foreach k,dir peft,$(foreach v,$(MODELS_NAMED),$(if \
  $(filter $(k),$(KIND_$(v))),$(if $(call has_file,$(call raw,$(v)),tokenizer.json)$(call has_file,$(call \
  raw,$(v)),vocab.txt)$(call has_file,$(call raw,$(v)),vocab.json)$(call has_file,$(call raw,$(v)),spiece.model),$(v))))))
$(if $(TOKENIZER_OF),,$(error TOKENIZER= is missing: $(MODELS_NAMED:%=%=) $(if $(word 2,$(MODELS_NAMED)),have,has) no tokenizer))
PATH_TOKENIZER := $(call raw,$(TOKENIZER_OF))
$(if $(call is_dir,$(PATH_TOKENIZER)),,$(error TOKENIZER=$(PATH_TOKENIZER): no such directory))

P := $(patsubst %/,%,$(call raw,OUT))
SEEDS := $(if $(JOINS),,$(sort $(subst -, ,$(PAIRS))))
ENDS := $(if $(JOINS),A-B,$(PAIRS))
PATH_SHOWN := $(P)/barrier.tsv $(P)/distance.tsv $(foreach f,path $(if $(SEEDS),train),$(P)/$(f).svg $(P)/$(f).png $(P)/$(f).pdf)
run-path: $(PATH_SHOWN) $(P)/report.html
	@$(call verdict,$(P))

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
$(if $(filter dir,$(KIND_MODEL)),$(call import,$(P)/base.st.gz,$(call raw,MODEL),$(NAMED) --seed-init $(SEED_SHARED)))
$(if $(filter stream,$(KIND_MODEL)),$(call end,$(P)/base.st.gz,$(call raw,MODEL)))
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
TUNED := $(filter-out full,$(METHOD))
NEW_HEAD := $(if $(filter order,$(VARY)),,$(if $(call raw,LABELS),--new-head))
LOG_SET := $(call set_file,$(firstword $(SETS)))
LOG_NAME := $(call quote_now,$(or $(call raw,DEV),$(call set_file,$(firstword $(DEVS_RAW)))))
$(foreach s,$(SEEDS),$(call tune,$(P)/seed-$(s),$(P)/base.st.gz,$(P)/train.tok.gz,$(call options,RECIPE) $(TUNED:%=--method %) \
  $(NEW_HEAD) $(call TUNED_$(VARY),$(s)),$(call known_options,RECIPE),$$(LOG_SET),printf '%s\n' $$(LOG_NAME) > '$(P)/seed-$(s).dev'; ))

# The path: its models exist only in the pipe.
BASE_OPTION := $(if $(TUNED)$(call raw,BASE),--base '$(P)/base.st.gz')
BASE_FILE := $(if $(BASE_OPTION),$(P)/base.st.gz)
end_of = $(P)/$(if $(JOINS),$(1),seed-$(1)).st.gz
path_of = $(call connect,$(P),$(1),$(call end_of,$(call first_of,$(1))),$(call end_of,$(call second_of,$(1))),$(BASE_OPTION) -n \
  $(POINTS) --head $(HEAD) --space $(SPACE),$(BASE_OPTION) $(call options,EVAL),$(SETS),$(call \
  known_options,EVAL),$(BASE_FILE),$(BASE_OPTION))
$(foreach e,$(ENDS),$(call path_of,$(e)))
$(call barrier,$(P),$(ENDS),$(call options,BARRIER),$(call known_options,BARRIER))
$(call distances,$(P),$(ENDS))

# Figures: a path a pair, a log a seed.
log_of = $(call condition,"seed $(1)$(,) dev: $$$$(tr '\t' ' ' < '$(P)/seed-$(1).dev' | sed 's|.*/||')",$(P)/seed-$(1).log.tsv)
$(call figures,$(P)/path,path,$(call raw,TITLE),$(foreach e,$(ENDS),$(call condition,$(e),$(call drawn,$(P),$(e)) $(P)/barrier.tsv)),$(foreach \
  e,$(ENDS),$(call drawn,$(P),$(e))) $(P)/barrier.tsv)
$(if $(SEEDS),$(call figures,$(P)/train,train,,$(foreach s,$(SEEDS),$(call log_of,$(s))),$(SEEDS:%=$(P)/seed-%.st.gz)))
# Before the page is made, the figure of a training goes whose ends are not these.
.PHONY: path-left-over
path-left-over:
	@$(call left_over,$(P),train.svg train.png train.pdf,$(PATH_SHOWN))
$(call rule,$(P)/report.html,$(PATH_SHOWN) $(MC_HOME)plots/report.awk $(MC_HOME)plots/columns.tsv $(MC_HOME)pipelines/report.sh,bash $$(MC_HOME)pipelines/report.sh $$(TOOL) '$(P)' > \
  /dev/null,,path-left-over)
endif
