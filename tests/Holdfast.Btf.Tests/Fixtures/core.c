// CO-RE relocations of every kind, to be resolved against target.c. Command: see build.sh.
#define core __attribute__((preserve_access_index))
#define SECTION(name) __attribute__((section(name), used))

enum field_info { FIELD_OFFSET, FIELD_SIZE, FIELD_EXISTS, FIELD_SIGNED, FIELD_LSHIFT, FIELD_RSHIFT };
enum type_info { TYPE_EXISTS, TYPE_SIZE, TYPE_MATCHES };

enum state { IDLE = 1, BUSY = 2, GONE = 3 };

struct leaf {
	int depth;
	int weight;
} core;

struct tree {
	int id;
	struct leaf leaves[4];
	struct tree *parent;
	unsigned int flags : 5;
	int level : 9;
	enum state state;
	union {
		int in_union;
		char other;
	};
	unsigned int narrowed;
	int signed_changed;
	int missing;
	int a[3];
} core;

struct tree___flavour {
	int moved_into_anonymous;
} core;

struct absent {
	int x;
} core;

typedef int counter_t;

char LICENSE[] SECTION("license") = "GPL";

struct shape {
	int kept;
	char *pointer;
};

#define FIELD(expr, what) __builtin_preserve_field_info(expr, what)

SECTION("raw_tp") unsigned long long prog(struct tree *t)
{
	struct tree___flavour *f = (void *)t;
	unsigned long long r = 0;

	r += t->id;
	r += t->leaves[2].weight;
	r += (unsigned long long)t->parent;
	r += t->in_union;
	r += t->narrowed;
	r += t->a[1];
	r += f->moved_into_anonymous;
	r += t[1].id;
	r += FIELD(t->flags, FIELD_OFFSET);
	r += FIELD(t->flags, FIELD_SIZE);
	r += FIELD(t->flags, FIELD_LSHIFT);
	r += FIELD(t->flags, FIELD_RSHIFT);
	r += FIELD(t->flags, FIELD_SIGNED);
	r += FIELD(t->level, FIELD_LSHIFT);
	r += FIELD(t->level, FIELD_RSHIFT);
	r += FIELD(t->level, FIELD_SIGNED);
	r += FIELD(t->id, FIELD_EXISTS);
	r += FIELD(t->missing, FIELD_EXISTS);
	r += FIELD(t->leaves, FIELD_SIZE);
	r += __builtin_preserve_type_info(*(struct tree *)0, TYPE_EXISTS);
	r += __builtin_preserve_type_info(*(struct absent *)0, TYPE_EXISTS);
	r += __builtin_preserve_type_info(*(struct tree *)0, TYPE_SIZE);
	r += __builtin_preserve_type_info(*(counter_t *)0, TYPE_SIZE);
	r += __builtin_btf_type_id(*(struct leaf *)0, 0);
	r += __builtin_btf_type_id(*(struct leaf *)0, 1);
	r += __builtin_preserve_enum_value(*(enum state *)BUSY, 0);
	r += __builtin_preserve_enum_value(*(enum state *)BUSY, 1);
	r += __builtin_preserve_enum_value(*(enum state *)GONE, 0);
	r += t->missing;
	r += t->signed_changed;
	return r;
}

int use_shape(struct shape *s)
{
	return s->kept;
}
