// The types that core.c is run against: moved, widened, narrowed and missing. Command: see build.sh.
enum state { NEVER = 7, BUSY = 9, IDLE = 11 };

struct leaf {
	long long pad;
	int weight;
	int depth;
};

struct tree {
	long long before;
	int id;
	struct leaf leaves[8];
	struct tree *parent;
	unsigned int x : 12;
	unsigned int flags : 6;
	unsigned int level : 10;
	enum state state;
	struct {
		struct {
			int moved_into_anonymous;
			int in_union;
		};
	};
	unsigned char narrowed;
	long long signed_changed;
	int a[3];
};

typedef long long counter_t;

struct shape {
	char *pointer;
	int kept;
	int more;
};

int use(struct tree *t, struct shape *s, counter_t *c)
{
	return t->id + s->kept + *c;
}
