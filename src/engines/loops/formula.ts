// Formula: the expressions of operators, read. They are a small part of JavaScript: numbers, names, functions of Math,
// + - * / %, comparisons, & | && || and ?:. So nothing has to be compiled, which pages may forbid.

/** A value that is computed: of one function, and earlier values. */
export type Value =
  | { readonly kind: "number"; readonly number: number }
  /** The index of an array that is read. */
  | { readonly kind: "read"; readonly read: number }
  | { readonly kind: "call"; readonly name: string; readonly operands: readonly Value[] };

const TOKEN = /\s*(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+|[A-Za-z_][\w.]*|===|!==|<=|>=|&&|\|\||[-+*/%()<>?:,&|])/y;

/** How tightly operators bind, as in JavaScript. */
const binding: Readonly<Record<string, number>> = {
  ...{ "||": 1, "&&": 2, "|": 3, "&": 4, "===": 5, "!==": 5 },
  ...{ "<": 6, ">": 6, "<=": 6, ">=": 6, "+": 7, "-": 7, "*": 8, "/": 8, "%": 8 },
};

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== "") {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (!found) throw new SyntaxError(`Cannot read "${text.slice(at)}" in an operator's expression.`);
    tokens.push(found[1]);
  }
  return tokens;
}

/** Reads expressions; equal ones are one value. */
export class Formulas {
  private readonly values = new Map<string, Value>();
  private readonly ids = new Map<Value, number>();
  private readonly named = new Map<string, Value>();
  private tokens: string[] = [];

  /** `const name = expression;` */
  define(statement: string): void {
    const [, name, expression] = /^const (\w+) = (.*);$/s.exec(statement) ?? [];
    if (name === undefined) throw new SyntaxError(`Cannot read the statement "${statement}".`);
    this.named.set(name, this.read(expression));
  }

  read(expression: string): Value {
    this.tokens = tokensOf(expression).reverse();
    const value = this.conditional();
    if (this.tokens.length > 0) throw new SyntaxError(`Cannot read all of "${expression}".`);
    return value;
  }

  private one(key: string, value: Value): Value {
    const known = this.values.get(key);
    if (known) return known;
    this.values.set(key, value);
    this.ids.set(value, this.ids.size);
    return value;
  }

  private call(name: string, ...operands: Value[]): Value {
    const key = `${name}(${operands.map((operand) => this.ids.get(operand))})`;
    return this.one(key, { kind: "call", name, operands });
  }

  private number(number: number): Value {
    return this.one(Object.is(number, -0) ? "-0" : String(number), { kind: "number", number });
  }

  private expect(token: string): void {
    const found = this.tokens.pop();
    if (found !== token) throw new SyntaxError(`"${token}" is missing before "${found ?? "the end"}".`);
  }

  private conditional(): Value {
    const condition = this.binary(1);
    if (this.tokens.at(-1) !== "?") return condition;
    this.tokens.pop();
    const yes = this.conditional();
    this.expect(":");
    return this.call("?", condition, yes, this.conditional());
  }

  private binary(least: number): Value {
    let left = this.unary();
    for (;;) {
      const operator = this.tokens.at(-1) ?? "";
      const bound = binding[operator] ?? 0;
      if (bound < least) return left;
      this.tokens.pop();
      left = this.call(operator, left, this.binary(bound + 1));
    }
  }

  private unary(): Value {
    const token = this.tokens.pop() ?? "";
    if (token === "-") {
      const operand = this.unary();
      return operand.kind === "number" ? this.number(-operand.number) : this.call("negative", operand);
    }
    if (token === "(") {
      const inside = this.conditional();
      this.expect(")");
      return inside;
    }
    if (/^[\d.]/.test(token)) return this.number(Number(token));
    if (token === "Infinity" || token === "NaN") return this.number(Number(token));
    if (token.startsWith("Math.")) return this.functionOf(token.slice(5));
    const [, read] = /^r(\d+)$/.exec(token) ?? [];
    if (read !== undefined) return this.one(token, { kind: "read", read: Number(read) });
    const named = this.named.get(token);
    if (!named) throw new SyntaxError(`"${token}" is not known.`);
    return named;
  }

  private functionOf(name: string): Value {
    this.expect("(");
    const operands = [this.conditional()];
    while (this.tokens.at(-1) === ",") {
      this.tokens.pop();
      operands.push(this.conditional());
    }
    this.expect(")");
    if (operands.length <= 2) return this.call(name, ...operands);
    // The greatest, or least, of several.
    return operands.reduce((all, operand) => this.call(name, all, operand));
  }
}
