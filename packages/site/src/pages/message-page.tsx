import type { MessagePageData } from "../page-data.ts";

/** A page of one message, with the one button that it may ask for. */
export function MessagePage({ page: { title, text, action } }: { readonly page: MessagePageData }) {
  return (
    <section className="message">
      <h1>{title}</h1>
      <p className="lead">{text}</p>
      {action !== undefined && (
        <form method="post" action={action.url}>
          {action.field !== undefined && (
            <div className="field">
              <label htmlFor="message-field">{action.field.label}</label>
              <input
                id="message-field"
                name={action.field.name}
                type="password"
                required
                maxLength={500}
                autoComplete="current-password"
              />
            </div>
          )}
          <button type="submit">{action.label}</button>
        </form>
      )}
      <p>
        <a href="/">To the papers</a>
      </p>
    </section>
  );
}
