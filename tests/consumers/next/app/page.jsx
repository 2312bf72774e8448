import Related from './related.jsx';

export default function Page() {
  return <main><h1>Rendered on the server</h1><Related /></main>;
}
