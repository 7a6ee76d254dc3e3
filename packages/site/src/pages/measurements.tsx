import { formatNumber } from "@paperworks/lab/report/numbers";
import { plain } from "@paperworks/lab/report/parts";
import type { PaperPageData } from "../page-data.ts";
import { ScrollBox } from "./scroll-box.tsx";

type Table = PaperPageData["tables"][number];

/** A table that scrolls in itself where the page is too narrow. */
export function TableView({ table: { name, columns, rows, caption } }: { readonly table: Table }) {
  return (
    <ScrollBox className="scroll" label={`Table: ${name}`}>
      <table>
        <caption>{caption ?? name}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a table's rows have no name and never move
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={columns[column]} className={typeof cell === "number" ? "number" : undefined}>
                  {typeof cell === "number" ? formatNumber(cell) : cell === null ? "" : String(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

export function Tables({ tables }: Pick<PaperPageData, "tables">) {
  if (tables.length === 0) return null;
  return (
    <section aria-labelledby="tables">
      <h2 id="tables">Tables</h2>
      {tables.map((table) => (
        <TableView key={table.name} table={table} />
      ))}
    </section>
  );
}

/** Parameters, operations and memory of the paper's programs, by the engine's cost model. */
export function Costs({ costs }: Pick<PaperPageData, "costs">) {
  if (costs.length === 0) return null;
  const kinds = [...new Set(costs.flatMap(({ figures }) => Object.keys(figures)))];
  const rows = costs.map(({ name, figures }) => [
    name,
    ...kinds.map((kind) => {
      const value = figures[kind];
      return typeof value === "number" ? value : value === undefined ? null : plain(value);
    }),
  ]);
  return (
    <section aria-labelledby="cost">
      <h2 id="cost">Cost</h2>
      <TableView
        table={{ name: "cost", columns: ["program", ...kinds], rows, caption: "Counted over the recorded programs" }}
      />
    </section>
  );
}
