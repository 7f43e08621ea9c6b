import { basename } from "node:path"
import ts from "typescript"

type Rule = keyof typeof rules
interface Finding {
  readonly rule: Rule
  readonly at: string
}
type Report = (place: ts.Node | number, what: string) => void
interface File {
  readonly path: string
  readonly text: string
  readonly source: ts.SourceFile
}

/** Readers of byte streams and batchers may loop and branch: a parser written without is slower and harder to read. */
const mayLoop = /^packages\/infra\/src\/((workers|storage)\/|realtime\/msgpack-scan\.ts$)/
/** What is gathered over a turn of the event loop is not a matter of time. */
const mayTakeTurns = /^packages\/infra\/src\/storage\/event-loop\.ts$/
const activityMakers = /^packages\/infra\/src\/workflows\/step-activity\.ts$/
const mayQuery = /(-repo\.ts$|\/migrations\/|^packages\/infra\/)/
const maxLines = 225
const maxColumns = 110

const kebab = (name: string) =>
  name
    .replace(/^_/, "")
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .toLowerCase()

const walk = (node: ts.Node, visit: (node: ts.Node) => void): void => {
  visit(node)
  ts.forEachChild(node, (child) => walk(child, visit))
}

const everyNode =
  (visit: (node: ts.Node, report: Report, file: File) => void) =>
  (file: File, report: Report): void =>
    walk(file.source, (node) => visit(node, report, file))

const exportedNames = (source: ts.SourceFile) =>
  source.statements
    .filter(ts.isExportDeclaration)
    .flatMap((statement) =>
      statement.exportClause !== undefined && ts.isNamedExports(statement.exportClause)
        ? statement.exportClause.elements.map((element) => element.name.text)
        : ["*"]
    )

const modifiersOf = (node: ts.Node) => (ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [])
const isExported = (node: ts.Node) =>
  ts.isExportAssignment(node) || modifiersOf(node).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)

const bindingsOf = (statement: ts.Statement): ReadonlyArray<ts.Node & { readonly text: string }> => {
  if (ts.isVariableStatement(statement)) {
    const names: Array<ts.Identifier> = []
    for (const { name } of statement.declarationList.declarations) {
      walk(name, (node) => {
        if (
          ts.isIdentifier(node) &&
          !(ts.isBindingElement(node.parent) && node.parent.propertyName === node)
        ) {
          names.push(node)
        }
      })
    }
    return names
  }
  const named =
    ts.isClassDeclaration(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement) ||
    (ts.isModuleDeclaration(statement) && ts.isIdentifier(statement.name) && statement.name.text !== "global")
  return named && statement.name !== undefined ? [statement.name as ts.Identifier] : []
}

/** Stands inside `….annotate(ClusterSchema.Persisted, true)`, or inside `annotateRpcs` with false; written out. */
const saysPersisted = (node: ts.Node): boolean => {
  const isSaid =
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    /^annotate(Rpcs)?$/.test(node.expression.name.text) &&
    /^ClusterSchema\.Persisted,(true|false)$/.test(node.arguments.map((each) => each.getText()).join())
  return isSaid || (node.parent !== undefined && saysPersisted(node.parent))
}

const isInFunction = (node: ts.Node): boolean =>
  ts.isFunctionLike(node) || (node.parent !== undefined && isInFunction(node.parent))

const isName = (node: ts.Node, name: string) => ts.isIdentifier(node) && node.text === name
const isMember = (node: ts.Node, object: string, member: RegExp): node is ts.PropertyAccessExpression =>
  ts.isPropertyAccessExpression(node) && isName(node.expression, object) && member.test(node.name.text)

/** A name that is read as a value: no member, no key, no type. */
const isValue = (node: ts.Node): node is ts.Identifier => {
  if (!ts.isIdentifier(node)) return false
  const { parent } = node
  const isKey =
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isQualifiedName(parent) && parent.right === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    ts.isPropertySignature(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isTypeReferenceNode(parent) ||
    ts.isLiteralTypeNode(parent) ||
    ts.isJsxAttribute(parent)
  return !isKey
}

const loops = new Set([
  ts.SyntaxKind.ForStatement,
  ts.SyntaxKind.ForInStatement,
  ts.SyntaxKind.ForOfStatement,
  ts.SyntaxKind.WhileStatement,
  ts.SyntaxKind.DoStatement
])
const impureNames = ["console", "Date", "setTimeout", "setInterval", "setImmediate"]

const impurePackages =
  /^(node:|pg$|undici|react|@effect\/(sql|cluster|workflow|experimental|platform-(node|browser)))/

const isPredicate = (argument: ts.Expression | undefined) =>
  argument !== undefined &&
  (ts.isArrowFunction(argument) ||
    ts.isFunctionExpression(argument) ||
    ts.isNumericLiteral(argument) ||
    argument.kind === ts.SyntaxKind.TrueKeyword ||
    argument.kind === ts.SyntaxKind.FalseKeyword ||
    (ts.isIdentifier(argument) && /^_?is[A-Z]/.test(argument.text)) ||
    (ts.isPropertyAccessExpression(argument) && /^is[A-Z]/.test(argument.name.text)))

const rules = {
  "a file has fewer than 225 lines of at most 110 columns": ({ source, text }, report) => {
    const lines = text.split("\n")
    if (lines.length > maxLines) report(source, `${lines.length} lines`)
    for (const [index, line] of lines.entries()) {
      if (line.length > maxColumns) report(index, `${line.length} columns`)
    }
  },

  "a file ends with its only export, and is called after it": ({ path, source }, report) => {
    const names = exportedNames(source)
    for (const statement of source.statements)
      if (isExported(statement)) report(statement, "write `export { Name }` at the end")
    const last = source.statements.at(-1)
    if (names.length !== 1) report(source, `exports ${names.length} names: ${names.join(", ")}`)
    if (last === undefined || !ts.isExportDeclaration(last))
      report(source, "the export is not the last statement")
    const expected = kebab(names[0] ?? "")
    const actual = basename(path).replace(/\.tsx?$/, "")
    if (!/\/migrations\//.test(path) && expected !== actual)
      report(source, `exports ${names[0]}, so call it ${expected}`)
  },

  "every other top-level name starts with _": ({ path, source }, report) => {
    const exported = exportedNames(source)
    const isComponent = (name: string) => path.endsWith(".tsx") && /^[A-Z]/.test(name)
    for (const name of source.statements.flatMap(bindingsOf)) {
      if (!name.text.startsWith("_") && !exported.includes(name.text) && !isComponent(name.text))
        report(name, name.text)
    }
  },

  "no if, else or loop": everyNode((node, report, { path }) => {
    if (mayLoop.test(path)) return
    if (ts.isIfStatement(node)) report(node, node.elseStatement === undefined ? "if" : "if … else")
    if (loops.has(node.kind)) report(node, "loop")
  }),

  "no switch, try, async or await": everyNode((node, report) => {
    if (ts.isSwitchStatement(node)) report(node, "switch")
    if (ts.isTryStatement(node)) report(node, "try")
    if (ts.isAwaitExpression(node)) report(node, "await")
    if (modifiersOf(node).some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword)) report(node, "async")
  }),

  "no any, no cast, no non-null assertion, no silenced compiler": (file, report) => {
    walk(file.source, (node) => {
      if (node.kind === ts.SyntaxKind.AnyKeyword) report(node, "any")
      if (ts.isNonNullExpression(node)) report(node, "!")
      if (ts.isTypeAssertionExpression(node)) report(node, "<T>")
      if (ts.isAsExpression(node) && node.type.getText(file.source) !== "const") report(node, "as")
    })
    const silenced = /@ts-(ignore|nocheck|expect-error)/.exec(file.text)
    if (silenced !== null) report(file.source, silenced[0])
  },

  "time, chance, output and environment come from Effect": everyNode((node, report, { path }) => {
    const isTurn = mayTakeTurns.test(path) && node.getText() === "setImmediate"
    if (isValue(node) && impureNames.includes(node.text) && !isTurn) report(node, node.text)
    if (isMember(node, "Math", /^random$/)) report(node, "Math.random")
    if (isMember(node, "process", /^env$/)) report(node, "process.env")
  }),

  "a Match is exhaustive and matches values, not conditions": everyNode((node, report) => {
    if (isMember(node, "Match", /^(orElse|orElseAbsurd)$/)) report(node, `Match.${node.name.text}`)
    if (
      ts.isCallExpression(node) &&
      isMember(node.expression, "Match", /^(when|not)$/) &&
      isPredicate(node.arguments[0])
    ) {
      report(node, "Match.when on a condition")
    }
  }),

  "SQL is written in repositories, migrations and infra": everyNode((node, report, { path }) => {
    if (mayQuery.test(path) || !ts.isTaggedTemplateExpression(node)) return
    if (/(^|\.)_?sql$/.test(node.tag.getText().replace(/<[\s\S]*>$/, ""))) report(node, "sql``")
  }),

  "a contract is pure: no Node, no SQL, no cluster": ({ path, source }, report) => {
    if (!path.startsWith("packages/shared/")) return
    for (const statement of source.statements.filter(ts.isImportDeclaration)) {
      const from = statement.moduleSpecifier.getText(source).slice(1, -1)
      if (impurePackages.test(from)) report(statement, from)
    }
  },

  "an entity's message says whether it is persisted": ({ path, source, text }, report) => {
    const isEntityFile = /^(packages\/infra|apps\/api)\//.test(path) && /\bEntity\s*\.\s*\w/.test(text)
    if (!isEntityFile) return
    walk(source, (node) => {
      if (!ts.isCallExpression(node) || saysPersisted(node)) return
      if (isMember(node.expression, "Rpc", /^(make|fromTaggedRequest)$/))
        report(node, "annotate ClusterSchema.Persisted true, or false if it may be lost")
      if (isMember(node.expression, "Entity", /^make$/) && !/\bRpc\s*\./.test(node.getText(source)))
        report(node, "write its Rpcs here, or annotateRpcs with ClusterSchema.Persisted")
    })
  },

  "work belongs to whoever owns its shard: no claim that skips locked rows": ({ path, text }, report) => {
    // It takes over runs that are its own already, and must not wait for one whose writer hangs.
    if (path === "packages/infra/src/workflows/journal-tables.ts") return
    for (const [index, line] of text.split("\n").entries()) {
      if (/\bskip\s+locked\b/i.test(line)) report(index, "SKIP LOCKED")
    }
  },

  "an activity is made where the module loads": everyNode((node, report, { path }) => {
    const isMade = ts.isCallExpression(node) && isMember(node.expression, "Activity", /^make$/)
    // Made while a workflow runs, its schemas would be compiled at every run.
    if (isMade && isInFunction(node) && !activityMakers.test(path))
      report(node, "Activity.make inside a function: use StepActivity.of at the top")
  })
} satisfies Record<string, (file: File, report: Report) => void>

const ruleNames = Object.keys(rules) as ReadonlyArray<Rule>

/** Everything in one source file that breaks the house style, as `path:line what`. */
const findingsIn = (path: string, text: string): ReadonlyArray<Finding> => {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const found: Array<Finding> = []
  for (const rule of ruleNames) {
    rules[rule]({ path, text, source }, (place, what) => {
      const line =
        typeof place === "number" ? place : source.getLineAndCharacterOfPosition(place.getStart(source)).line
      found.push({ rule, at: `${path}:${line + 1} ${what}` })
    })
  }
  return found
}

export { findingsIn, ruleNames }
